// `rotate vapid` and `rotate master`: new keys, and nobody has to enrol or sign in again.
import * as z from 'zod/mini'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import { addMasterKey, dropFormerMasterKeys } from '../master-key.ts'
import { rotateVapid } from '../push/vapid-keys.ts'
import { reseal } from '../store/reseal.ts'
import { command } from './command.ts'

const by = (act: string): Actor => ({ kind: 'command-line', id: null, name: 'command line', role: 'owner', act })

/** Far more passes than a busy store needs; a defect must not spin for ever. */
const MOST_PASSES = 100

export const rotateVapidKey = command({
  name: 'rotate vapid',
  operands: [],
  summary: 'makes a new key for push subscriptions; each device renews its own when the app is opened next',
  options: {},
  input: z.object({}),
  run: (_given, room) =>
    room.withParts(async (parts) => {
      const publicKey = await rotateVapid(parts, by('keys.rotate-vapid'))
      return {
        json: { ok: true, publicKey },
        lines: ['New subscriptions are made with a new key. Those there are go on with theirs.'],
      }
    }),
})

export const rotateMaster = command({
  name: 'rotate master',
  operands: [],
  summary: 'brings everything sealed in the store under a new master key, while the server runs',
  options: { finish: { about: 'a minute later: takes the former key away, once nothing is sealed under it' } },
  input: z.object({ finish: z.optional(z.boolean()) }),
  run: ({ finish = false }, room) =>
    room.withParts(async (parts) => {
      const { config, random, store, sealer, clock } = parts
      if (!finish) {
        addMasterKey(config, random)
        sealer.reread()
        const detail = { key: 'master', keyId: sealer.keyId }
        await store.write(async (tx, announce) => {
          await record(tx, { at: clock.now(), kind: 'key-rotated', by: by('keys.rotate-master'), detail })
          announce('keys')
        })
      }
      const resealed = await untilNothingIsLeft(parts)
      const finished = finish && dropFormerMasterKeys(config, random)
      const lines = [`${resealed} values were brought under the newest master key.`, whatNext(finish, finished)]
      return { json: { ok: true, resealed, finished }, lines }
    }),
})

function whatNext(finish: boolean, finished: boolean): string {
  if (finished) return 'The former key is gone. Keep the new one where you kept it.'
  if (finish) return 'Nothing needs the former key: take it out of COUNTERSIGN_MASTER_KEY and start every server anew.'
  return 'Keep both keys until you have run this again, with --finish, in a minute.'
}

async function untilNothingIsLeft(parts: Parameters<typeof reseal>[0]): Promise<number> {
  let resealed = 0
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const met = await reseal(parts)
    if (met === 0) return resealed
    resealed += met
  }
  throw new Problem('unavailable', {
    detail:
      'Values are still being sealed under a former master key: a server has not heard of the new one. Start it anew.',
  })
}
