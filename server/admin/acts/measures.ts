// What is done about an attack: push, sessions, password, addresses.
import { timestamp } from '../../../protocol/login-request.ts'
import {
  aboutUserCall,
  blockAddressCall,
  blockedAddress,
  blockedAddresses,
  pausePushCall,
  pushPaused,
  sessionsRevoked,
  unblockAddressCall,
} from '../../../protocol/operator-api/reports.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import type { Assembly } from '../../assemble.ts'
import { cancelFrom } from '../../requests/cancel-from.ts'
import { blockAddress, listBlocked, unblockAddress } from '../../watching/blocks.ts'
import { clearPassword, pausePush, resumePush, revokeSessions } from '../../watching/measures.ts'
import { act } from '../act.ts'
import type { Given } from '../typed/option.ts'
import { table } from '../typed/table.ts'
import { personNamed } from './person.ts'
import { WHY } from './why.ts'

const FOR = { minutes: { value: 'N', about: 'for how long; 60 if absent' } }
const minutesOf = ({ minutes = '60' }: Given) => Number(minutes)
const about = async (given: Given, parts: Assembly) => ({
  ...(await personNamed(given, parts)),
  reason: given.reason,
})

export const measureActs = [
  act({
    name: 'push.pause',
    http: ['POST', '/users/:id/push/pause'],
    summary: 'sends a person no push for a while, and ends what asks as them now',
    helps: true,
    input: pausePushCall,
    output: pushPaused,
    cli: {
      name: 'push pause',
      operands: ['username'],
      options: { ...FOR, ...WHY },
      input: async (given, parts) => ({ ...(await about(given, parts)), minutes: minutesOf(given) }),
      lines: ({ pushPausedUntil }, { username }) => [`No push to ${username} until ${pushPausedUntil}.`],
    },
    run: async (parts, asked, by) => ({ pushPausedUntil: timestamp(await pausePush(parts, asked, by)) }),
  }),
  act({
    name: 'push.resume',
    http: ['POST', '/users/:id/push/resume'],
    summary: 'lets push reach a person again',
    helps: true,
    input: aboutUserCall,
    output: pushPaused,
    cli: {
      name: 'push resume',
      operands: ['username'],
      options: WHY,
      input: about,
      lines: (_output, { username }) => [`Push reaches ${username} again.`],
    },
    run: async (parts, asked, by) => {
      await resumePush(parts, asked, by)
      return { pushPausedUntil: null }
    },
  }),
  act({
    name: 'sessions.revoke',
    http: ['POST', '/users/:id/sessions/revoke'],
    summary: 'ends a person’s sign-ins here: web sites have to ask again',
    helps: true,
    input: aboutUserCall,
    output: sessionsRevoked,
    cli: {
      name: 'sessions revoke',
      operands: ['username'],
      options: WHY,
      input: about,
      lines: (_output, { username }) => [`Sign-ins of ${username} have ended.`],
    },
    run: async (parts, asked, by) => ({ sessions: await revokeSessions(parts, asked, by) }),
  }),
  act({
    name: 'passwords.clear',
    http: ['POST', '/users/:id/password/clear'],
    summary: 'takes a person’s password away: nobody signs in by it until a new one is set',
    helps: true,
    input: aboutUserCall,
    dangerous: true,
    cli: {
      name: 'user clear-password',
      operands: ['username'],
      options: WHY,
      input: about,
      lines: (_output, { username }) => [
        `${username} has no password. Next: npx countersign user password ${username}`,
      ],
    },
    run: clearPassword,
  }),
  act({
    name: 'addresses.list',
    http: ['GET', '/addresses'],
    summary: 'shows from where nobody may sign in just now',
    input: nothing,
    output: blockedAddresses,
    cli: {
      name: 'address list',
      operands: [],
      lines: ({ addresses }) =>
        addresses.length === 0 ? ['None.'] : table(addresses.map((b) => [b.address, b.until, b.blockedBy, b.reason])),
    },
    run: async (parts) => ({ addresses: await listBlocked(parts) }),
  }),
  act({
    name: 'addresses.block',
    http: ['POST', '/addresses'],
    summary: 'lets nobody sign in from an address or a network for a while, and takes back what is asked from there',
    helps: true,
    input: blockAddressCall,
    output: blockedAddress,
    status: 201,
    cli: {
      name: 'address block',
      operands: ['address'],
      options: { ...FOR, ...WHY },
      input: async (given) => ({ ...given, minutes: minutesOf(given) }),
      lines: ({ address, until }) => [`Nobody signs in from ${address} until ${until}.`],
    },
    run: async (parts, asked, by) => {
      const block = await blockAddress(parts, asked, by)
      await cancelFrom(parts, block, by)
      return block
    },
  }),
  act({
    name: 'addresses.unblock',
    http: ['POST', '/addresses/unblock'],
    summary: 'ends the block of an address or a network',
    dangerous: true,
    input: unblockAddressCall,
    cli: {
      name: 'address unblock',
      operands: ['address'],
      options: WHY,
      lines: (_output, { address }) => [`${address} may be signed in from again.`],
    },
    run: unblockAddress,
  }),
]
