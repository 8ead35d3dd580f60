// One's own passkeys.
import * as z from 'zod/mini'
import { credentialId, passkeyList, passkeyView, renamePasskeyCall } from '../../../protocol/operator-api/operators.ts'
import { addPasskeyCall, addPasskeyOptions, nothing } from '../../../protocol/operator-api/session.ts'
import { addPasskey, listPasskeys, newPasskeyOptions, removePasskey, renamePasskey } from '../../operators/passkeys.ts'
import { sessionAct } from '../act.ts'

export const passkeyActs = [
  sessionAct({
    name: 'passkeys.list',
    http: ['GET', '/passkeys'],
    summary: 'shows your own passkeys',
    input: nothing,
    output: passkeyList,
    run: async (parts, _input, session) => ({ passkeys: await listPasskeys(parts, session) }),
  }),
  sessionAct({
    name: 'passkeys.add-options',
    http: ['POST', '/passkeys/options'],
    summary: 'gives what a browser makes one more passkey with',
    input: nothing,
    output: addPasskeyOptions,
    dangerous: true,
    run: async (parts, _input, session) => ({ options: await newPasskeyOptions(parts, session) }),
  }),
  sessionAct({
    name: 'passkeys.add',
    http: ['POST', '/passkeys'],
    summary: 'adds a passkey of yours',
    input: addPasskeyCall,
    output: passkeyView,
    status: 201,
    dangerous: true,
    run: (parts, asked, session, { actor }) => addPasskey(parts, session, asked, actor),
  }),
  sessionAct({
    name: 'passkeys.rename',
    http: ['PATCH', '/passkeys/:id'],
    summary: 'gives a passkey of yours another name',
    input: renamePasskeyCall,
    output: passkeyView,
    run: (parts, asked, session, { actor }) => renamePasskey(parts, session, asked, actor),
  }),
  sessionAct({
    name: 'passkeys.remove',
    http: ['DELETE', '/passkeys/:id'],
    summary: 'removes a passkey of yours, with the sessions begun by it; the last one stays',
    input: z.object({ id: credentialId }),
    dangerous: true,
    run: (parts, { id }, session, { actor }) => removePasskey(parts, session, id, actor),
  }),
]
