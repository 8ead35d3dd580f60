// Addresses from which nobody may sign in for a while. The few there are stay in memory: the sign-in road asks nothing
// of the store, and is told by a topic when an operator changed them, in whichever process.
import ipaddr from 'ipaddr.js'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise, record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

type Needs = { store: Store; clock: Clock }
type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]
const MINUTE = 60_000
/** Each sign-in is held against all of them. */
const MOST = 1000

/** @property address or network, as it is unblocked */
export type Block = { address: string; until: number }

export type Blocks = {
  /** what holds longest of that from which nobody signs in there; undefined: they may */
  of(address: string): Promise<Block | undefined>
  /** @throws {Problem} address-blocked */
  refuse(address: string): Promise<void>
}

export function blocks({ store, clock }: Needs): Blocks {
  let known: Promise<(Block & { network: Network })[]> | undefined
  store.subscribe('addresses', () => {
    known = undefined
  })
  async function load() {
    const rows = await store.read.selectFrom('blocked_addresses').selectAll().where('until', '>', clock.now()).execute()
    return rows.map(({ address, until }) => ({ address, network: networkOf(address), until }))
  }
  async function of(address: string): Promise<Block | undefined> {
    known ??= load()
    const asked = known
    const all = await asked.catch((error: unknown) => {
      if (known === asked) known = undefined
      throw error
    })
    if (all.length === 0 || !ipaddr.isValid(address)) return undefined
    // Attack stopped: the same IPv4 address written as an IPv6 one.
    const from = ipaddr.process(address)
    const held = all.filter(({ network, until }) => until > clock.now() && isIn(from, network))
    return held.toSorted((one, other) => other.until - one.until)[0]
  }
  return {
    of,
    refuse: async (address) => {
      if ((await of(address)) !== undefined) throw new Problem('address-blocked')
    },
  }
}

const isIn = (address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Network) =>
  address.kind() === network.kind() && address.match(network, bits)

/** @param block as it is written @returns whether an address is in it @throws {Problem} invalid */
export function within(block: string): (ip: string) => boolean {
  const network = networkOf(block)
  return (ip) => isIn(ipaddr.process(ip), network)
}

/** @throws {Problem} invalid */
function networkOf(text: string): Network {
  try {
    const [address = '', bits] = text.trim().split('/')
    if (address.includes('%')) throw new Error('a zone is of one machine only')
    if (bits === undefined) {
      const one = ipaddr.process(address)
      return [one, one.kind() === 'ipv4' ? 32 : 128]
    }
    const [network, length] = ipaddr.parseCIDR(text.trim())
    // Attack stopped: one slip, or one stolen session, that locks everybody out.
    if (length < (network.kind() === 'ipv4' ? 16 : 32)) throw new Error('too wide')
    return [network, length]
  } catch {
    const errors = { '/address': 'must be an IP address, or a network of at most /16 (IPv4) or /32 (IPv6)' }
    throw new Problem('invalid', { members: { errors } })
  }
}

const written = ([address, bits]: Network) => {
  const isOne = bits === (address.kind() === 'ipv4' ? 32 : 128)
  return isOne ? address.toString() : `${address.toString()}/${bits}`
}

/** A block ends by itself. What is asked from there is another's to take back. @throws {Problem} invalid */
export async function blockAddress(
  { store, clock }: Needs,
  { address, minutes, reason }: { address: string; minutes: number; reason: string },
  by: Actor,
) {
  const now = clock.now()
  const row = {
    address: written(networkOf(address)),
    until: now + minutes * MINUTE,
    reason,
    blocked_by: by.name,
    created_at: now,
  }
  const { address: _address, ...changes } = row
  await store.write(async (tx, announce) => {
    await tx.deleteFrom('blocked_addresses').where('until', '<=', now).execute()
    if (await isFullWithout(tx, row.address)) throw new Problem('invalid', { members: { errors: FULL } })
    await tx
      .insertInto('blocked_addresses')
      .values(row)
      .onConflict((c) => c.column('address').doUpdateSet(changes))
      .execute()
    await record(tx, {
      at: now,
      kind: 'address-blocked',
      by,
      detail: { address: row.address, until: timestamp(row.until), reason },
    })
    announce('addresses')
  })
  return { address: row.address, until: timestamp(row.until), reason, blockedBy: by.name, createdAt: timestamp(now) }
}

const FULL = {
  '/address': `must not be one more: ${MOST} addresses and networks are blocked, the most there can be; block a network in the place of many addresses`,
}

async function isFullWithout(tx: Db, address: string): Promise<boolean> {
  const { count } = await tx
    .selectFrom('blocked_addresses')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('address', '!=', address)
    .executeTakeFirstOrThrow()
  return Number(count) >= MOST
}

/** @throws {Problem} invalid, unknown-address */
export async function unblockAddress(
  { store, clock }: Needs,
  { address, reason }: { address: string; reason: string },
  by: Actor,
): Promise<void> {
  const text = written(networkOf(address))
  await store.write(async (tx, announce) => {
    const gone = await tx.deleteFrom('blocked_addresses').where('address', '=', text).executeTakeFirstOrThrow()
    if (gone.numDeletedRows === 0n) throw new Problem('unknown-address')
    await raise(tx, { at: clock.now(), kind: 'address-unblocked', by, detail: { address: text, reason } })
    announce('addresses')
  })
}

export async function listBlocked({ store, clock }: Needs) {
  const rows = await store.read
    .selectFrom('blocked_addresses')
    .selectAll()
    .where('until', '>', clock.now())
    .orderBy('created_at', 'desc')
    .execute()
  return rows.map(({ address, until, reason, blocked_by, created_at }) => ({
    address,
    until: timestamp(until),
    reason,
    blockedBy: blocked_by,
    createdAt: timestamp(created_at),
  }))
}
