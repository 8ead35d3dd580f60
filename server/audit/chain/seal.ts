// Makes entries part of the chain, in the background: what signs in waits for none of it. The chain's order is that in
// which this work sees entries, so one that commits late is never passed over: it comes later in the chain. Entries
// say their own time.
import { setImmediate } from 'node:timers/promises'
import type { RandomBytes } from '../../../protocol/ids.ts'
import { timestamp } from '../../../protocol/login-request.ts'
import type { Clock } from '../../clock.ts'
import type { AuditSealsTable } from '../../store/audit-tables.ts'
import type { AuditTable, Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { mustWin, unlessOvertaken } from '../../store/until-won.ts'
import { type AuditKind, raise } from '../record.ts'
import { commitmentsOf, digestOf, type Entry, type Evidence, linkHash } from './content.ts'
import { erasedUntil } from './erasure.ts'
import { evidenceFor } from './evidence.ts'
import type { Furthest } from './furthest.ts'
import type { Signer } from './mark.ts'
import { beginChain, chainRow, headOf, moveChain } from './rows.ts'
import { type Sealed, writeSeals } from './seal-rows.ts'

export type SealNeeds = {
  store: Store
  clock: Clock
  random: RandomBytes
  auditSigner: Signer
  /** told of each entry once, where somebody counts them */
  meters?: { audited(kind: AuditKind): void } | undefined
  /** absent: nobody looks whether the chain was taken back */
  furthest?: Furthest
}

/**
 * On SQLite as many as hold up whoever else writes for a millisecond or two; on PostgreSQL nobody waits for a batch but the
 * next one.
 */
const BATCH = { sqlite: 40, postgres: 500 }
/** Whoever waits for their call to be answered with the log waits for no more. */
const MOST = 5000
/** So many are worked out before everybody else has a turn. */
const AT_ONCE = 10

/** Numbers that are given out while the slowest transaction is under way, and many more. */
const NEAR = 100_000

export type Unsealed = Omit<AuditTable, 'seq' | 'position' | 'evidence'> & { seq: number }
type ChainRow = NonNullable<Awaited<ReturnType<typeof chainRow>>>
type Seen = Unsealed & { evidence: string | null }

/** @returns how many entries were sealed */
export async function sealEntries(needs: SealNeeds): Promise<number> {
  let [sealed, batches] = [0, 0]
  await sealing(needs, (now) => {
    sealed += now ?? 0
    batches += 1
    // Whoever was first may have seen less than is there by now: then it is looked at anew.
    return batches < MOST / BATCH[needs.store.engine]
  })
  return sealed
}

/** Until nothing waits, or another process is at it: what two work out at once, one of them has for nothing. */
export function keepSealed(needs: SealNeeds, stopping: AbortSignal): Promise<void> {
  return sealing(needs, (now) => now !== undefined && !stopping.aborted)
}

/** Until nothing waits. @param goesOn told how many entries each batch had, undefined where another process was first */
async function sealing(needs: SealNeeds, goesOn: (sealed: number | undefined) => boolean): Promise<void> {
  const full = BATCH[needs.store.engine]
  let now: number | undefined
  do now = await unlessOvertaken(sealBatch(needs))
  while (goesOn(now) && (now === undefined || now >= full))
}

/** How long the oldest entry has waited for its place in the chain, in milliseconds. @param now milliseconds */
export async function sealsBehind(db: Db, now: number): Promise<number> {
  const [oldest] = await db
    .selectFrom('audit')
    .select('at')
    .where('position', 'is', null)
    .orderBy('seq')
    .limit(1)
    .execute()
  return oldest ? Math.max(0, now - oldest.at) : 0
}

/** How far the chain goes, with what has happened until now. */
export async function chainHead(needs: SealNeeds) {
  await sealEntries(needs)
  return (await chainRow(needs.store.read)) ?? begun(needs)
}

/** @throws {Overtaken} where another process sealed, or an entry was erased while it was being read */
async function sealBatch(needs: SealNeeds): Promise<number> {
  const { store } = needs
  const chain = (await asItIs(needs)) ?? (await begun(needs))
  const rows = await unsealed(store, chain)
  if (rows.length === 0) return 0
  const sealed = await sealsOf(needs, rows, chain)
  const { position, hash } = sealed.at(-1)?.seal ?? chain
  const head = await nextHead(needs, chain, { position, hash })
  await store.write(async (tx) => {
    await mustWin(moveChain(tx, chain, { position, hash, head }))
    await writeSeals(tx, store.engine, sealed)
  })
  needs.furthest?.saw({ ...chain, position, hash, head })
  if (needs.meters) for (const { kind } of rows) needs.meters.audited(kind as AuditKind)
  return rows.length
}

/** What was taken out of the chain is told in the chain that there is. */
async function asItIs({ store, clock, furthest }: SealNeeds): Promise<ChainRow | undefined> {
  if (!furthest) return chainRow(store.read)
  const { chain, lacks } = await furthest.look(store.read)
  const told = { at: clock.now(), kind: 'audit-log-taken-back', detail: lacks } as const
  if (lacks) await store.write((tx) => raise(tx, told))
  return chain
}

async function sealsOf(needs: SealNeeds, rows: readonly Seen[], chain: ChainRow): Promise<Sealed[]> {
  const evidence = await evidenceFor(needs.store.read, rows)
  const sealed: Sealed[] = []
  for (const seen of rows) {
    if (sealed.length % AT_ONCE === 0) await setImmediate()
    const { position, hash: previous } = sealed.at(-1)?.seal ?? chain
    const found = evidence.get(seen.seq) ?? null
    sealed.push({ seen, seal: sealOf(needs, seen, found, { position: position + 1, previous }) })
  }
  return sealed
}

/** Attack stopped: a chain made anew in the store, which the installation would sign with the next entry. */
async function nextHead(
  { store, clock, auditSigner }: SealNeeds,
  chain: ChainRow,
  place: { position: number; hash: string },
): Promise<string> {
  const before = headOf(chain, auditSigner)
  if (!before) return chain.head
  const explainedAfter = before.explainedAfter ?? (await erasedUntil(store.read))
  const iat = Math.floor(clock.now() / 1000)
  return auditSigner.sign('head', { chain: chain.chain, ...place, iat, explainedAfter })
}

/** Where there are many, those near the end of the chain first: each part of the log that is asked has its price. */
async function unsealed({ read: db, engine }: Store, chain: { position: number }): Promise<Seen[]> {
  const last = await db
    .selectFrom('audit_seals')
    .select('seq')
    .where('position', '=', chain.position)
    .executeTakeFirst()
  const most = BATCH[engine]
  const near = await unsealedFrom(db, { from: (last?.seq ?? 0) - NEAR, most })
  return near.length === most ? near : unsealedFrom(db, { from: 0, most })
}

function unsealedFrom(db: Db, { from, most }: { from: number; most: number }): Promise<Seen[]> {
  return db
    .selectFrom('audit')
    .select(['seq', 'at', 'kind', 'user_id', 'request_id', 'device_id', 'application_id', 'actor_id', 'detail'])
    .select('evidence')
    .where('position', 'is', null)
    .where('seq', '>=', from)
    .orderBy('seq')
    .limit(most)
    .execute()
}

async function begun({ store, clock, random, auditSigner }: SealNeeds) {
  const chain = Buffer.from(random(32)).toString('base64url')
  const iat = Math.floor(clock.now() / 1000)
  const head = await auditSigner.sign('head', { chain, position: 0, hash: chain, iat, explainedAfter: 0 })
  await store.write((tx) => beginChain(tx, chain, head))
  const row = await chainRow(store.read)
  if (!row) throw new Error('the chain did not begin')
  return row
}

export function entryOf(row: Omit<Unsealed, 'seq'>, evidence: Evidence | null): Entry {
  return {
    at: timestamp(row.at),
    kind: row.kind,
    user: row.user_id,
    request: row.request_id,
    device: row.device_id,
    application: row.application_id,
    actor: row.actor_id,
    detail: JSON.parse(row.detail) as Record<string, unknown>,
    evidence,
  }
}

/** @param row not yet in the chain @param evidence of the decision behind it */
export function sealOf(
  { random }: Pick<SealNeeds, 'random'>,
  row: Unsealed,
  evidence: Evidence | null,
  { position, previous }: { position: number; previous: string },
): AuditSealsTable {
  const entry = entryOf(row, evidence)
  const salts = Buffer.from(random(16)).toString('base64url')
  const digest = digestOf(entry, commitmentsOf(entry, salts) ?? {})
  const { act } = entry.detail
  return {
    position,
    seq: row.seq,
    at: row.at,
    kind: row.kind,
    user_id: row.user_id,
    application_id: row.application_id,
    actor_id: row.actor_id,
    act: typeof act === 'string' ? act : null,
    salts: JSON.stringify(salts),
    erased: null,
    evidence: evidence && JSON.stringify(evidence),
    digest,
    hash: linkHash({ position, previous, digest }),
  }
}
