// Makes entries part of the chain, in the background: what signs in waits for none of it. The chain's order is that in
// which this work sees entries, so one that commits late is never passed over: it comes later in the chain. Entries
// say their own time.
import type { RandomBytes } from '../../../protocol/ids.ts'
import { timestamp } from '../../../protocol/login-request.ts'
import type { Clock } from '../../clock.ts'
import type { AuditSealsTable } from '../../store/audit-tables.ts'
import { prepared } from '../../store/prepared.ts'
import type { AuditTable, Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { mustWin, Overtaken, unlessOvertaken } from '../../store/until-won.ts'
import type { AuditKind } from '../record.ts'
import { commitmentsOf, digestOf, type Entry, type Evidence, linkHash } from './content.ts'
import { erasedUntil } from './erasure.ts'
import { evidenceFor } from './evidence.ts'
import type { Signer } from './mark.ts'
import { beginChain, chainRow, headOf, moveChain } from './rows.ts'

export type SealNeeds = {
  store: Store
  clock: Clock
  random: RandomBytes
  auditSigner: Signer
  /** told of each entry once, where somebody counts them */
  meters?: { audited(kind: AuditKind): void } | undefined
}

/** As many as hold up whoever else writes for a millisecond or two. */
const BATCH = 40
/** In one turn; under a flood the rest waits for a quieter second. */
const MOST_BATCHES = 25

/** Numbers that are given out while the slowest transaction is under way, and many more. */
const NEAR = 100_000

export type Unsealed = Omit<AuditTable, 'seq' | 'position' | 'evidence'> & { seq: number }
type ChainRow = NonNullable<Awaited<ReturnType<typeof chainRow>>>
type Seen = Unsealed & { evidence: string | null }

/** @returns how many entries were sealed */
export async function sealEntries(needs: SealNeeds): Promise<number> {
  let sealed = 0
  for (let batch = 0; batch < MOST_BATCHES; batch++) {
    const now = await unlessOvertaken(sealBatch(needs))
    sealed += now ?? 0
    // Whoever was first may have seen less than is there by now: then it is looked at anew.
    if (now !== undefined && now < BATCH) break
  }
  return sealed
}

/** How far the chain goes, with what has happened until now. */
export async function chainHead(needs: SealNeeds) {
  await sealEntries(needs)
  return (await chainRow(needs.store.read)) ?? begun(needs)
}

/** @throws {Overtaken} where another process sealed, or an entry was erased while it was being read */
async function sealBatch(needs: SealNeeds): Promise<number> {
  const { store } = needs
  const chain = (await chainRow(store.read)) ?? (await begun(needs))
  const rows = await unsealed(store.read, chain)
  if (rows.length === 0) return 0
  const evidence = await evidenceFor(store.read, rows)
  const seals: AuditSealsTable[] = []
  for (const row of rows) {
    const before = seals.at(-1) ?? chain
    seals.push(
      sealOf(needs, row, evidence.get(row.seq) ?? null, { position: before.position + 1, previous: before.hash }),
    )
  }
  const { position, hash } = seals.at(-1) ?? chain
  const head = await nextHead(needs, chain, { position, hash })
  await store.write(async (tx) => {
    await mustWin(moveChain(tx, chain, { position, hash, head }))
    for (const [index, row] of rows.entries()) await write(tx, row, seals[index])
  })
  if (needs.meters) for (const { kind } of rows) needs.meters.audited(kind as AuditKind)
  return rows.length
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
async function unsealed(db: Db, chain: { position: number }): Promise<Seen[]> {
  const last = await db
    .selectFrom('audit_seals')
    .select('seq')
    .where('position', '=', chain.position)
    .executeTakeFirst()
  const near = await unsealedFrom(db, (last?.seq ?? 0) - NEAR)
  return near.length === BATCH ? near : unsealedFrom(db, 0)
}

function unsealedFrom(db: Db, from: number): Promise<Seen[]> {
  return db
    .selectFrom('audit')
    .select(['seq', 'at', 'kind', 'user_id', 'request_id', 'device_id', 'application_id', 'actor_id', 'detail'])
    .select('evidence')
    .where('position', 'is', null)
    .where('seq', '>=', from)
    .orderBy('seq')
    .limit(BATCH)
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

/** Only what still is as it was seen: its person may have been removed since. */
const place = prepared((db, v: { position: number; seq: number; detail: string; evidence: string }) =>
  db
    .updateTable('audit')
    .set({ position: v.position, evidence: null })
    .where('seq', '=', v.seq)
    .where('position', 'is', null)
    .where('detail', '=', v.detail)
    .where((e) => e(e.fn.coalesce('evidence', e.val('')), '=', v.evidence)),
)

const insert = prepared((db, v: AuditSealsTable) => {
  const { position, seq, at, kind, user_id, application_id, actor_id, act, salts, erased, evidence, digest, hash } = v
  return db
    .insertInto('audit_seals')
    .values({ position, seq, at, kind, user_id, application_id, actor_id, act, salts, erased, evidence, digest, hash })
})

async function write(tx: Db, row: Seen, seal: AuditSealsTable | undefined): Promise<void> {
  if (!seal) throw new Error('every entry has a seal')
  const { seq, detail, evidence } = row
  const placed = await place(tx, { position: seal.position, seq, detail, evidence: evidence ?? '' })
  if (placed.numAffectedRows !== 1n) throw new Overtaken()
  await insert(tx, seal)
}
