// PostgreSQL: the old end of the audit log goes part by part, each dropped whole. What stands in a part that is not to be
// dropped soon goes step by step, as everywhere else.
import { sql } from 'kysely'
import { putCut, signedCut } from '../audit/chain/cut.ts'
import { chainRow, cutRows } from '../audit/chain/rows.ts'
import type { AuditCutsTable } from '../store/audit-tables.ts'
import { dropPart, holdParted, isTaken, type Part, partsOf } from '../store/parts.ts'
import type { Db } from '../store/schema.ts'
import { type RetentionNeeds, STEP } from './needs.ts'
import { waitedFor } from './unsent.ts'

const DAY = 24 * 3_600_000
/** A part whose time has begun to be over waits until all of it is: entries stay so much longer, of their days, at most. */
const LATE = 1 / 10

/** @returns how many rows it let go of, a part as a full step; undefined where the oldest entries go step by step */
export async function cutParts(needs: RetentionNeeds, before: number, days: number): Promise<number | undefined> {
  const { read } = needs.store
  const cut = (await cutRows(read)).at(-1)
  if (cut && (await spent(read, cut)).length > 0) await dropSpent(needs, cut)
  const swept = cut ? await sweep(needs, cut) : 0
  if (swept === STEP) return swept
  const part = await waiting(needs, days)
  if (!part) return undefined
  const isWaitedFor = await waitedFor(needs, before)
  if (part.newest >= before || isWaitedFor({ at: part.newest, position: part.last.position })) return 0
  return (await dropSpent(needs, await signedCut(needs, part.last))) ? STEP : 0
}

type Place = { position: number; hash: string }

/** The part that the log begins with, where it is full and spans few enough days to be waited for. */
async function waiting(
  { store: { read } }: RetentionNeeds,
  days: number,
): Promise<{ newest: number; last: Place } | undefined> {
  const seals = () => read.selectFrom('audit_seals')
  const first = await seals().select(['position', 'at']).orderBy('position').limit(1).executeTakeFirst()
  const chain = await chainRow(read)
  if (!first || !chain) return undefined
  const part = (await partsOf(read, 'audit_seals')).find(
    ({ from, to }) => from <= first.position && first.position < to,
  )
  if (!part || chain.position < part.to) return undefined
  const inside = () => seals().where('position', '>=', part.from).where('position', '<', part.to)
  const newest = await inside().select('at').orderBy('at', 'desc').limit(1).executeTakeFirstOrThrow()
  const last = await inside()
    .select(['position', 'hash'])
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  const isNear = newest.at - first.at <= days * DAY * LATE
  return isNear && last.position === part.to - 1 ? { newest: newest.at, last } : undefined
}

/** All parts that are before a cut, which is written with it. @returns false where somebody holds them: another time */
async function dropSpent({ store }: RetentionNeeds, cut: AuditCutsTable): Promise<boolean> {
  try {
    await store.write(async (tx) => {
      await holdParted(tx)
      await putCut(tx, cut)
      for (const part of await spent(tx, cut)) await dropPart(tx, part)
    })
    return true
  } catch (error) {
    if (isTaken(error)) return false
    throw error
  }
}

async function spent(db: Db, cut: Place): Promise<Part[]> {
  const seals = (await partsOf(db, 'audit_seals')).filter(({ to }) => to <= cut.position + 1)
  const { rows } = await sql<{ last: number }>`select last_value as last from audit_seq_seq`.execute(db)
  const given = rows[0]?.last ?? 0
  const full = (await partsOf(db, 'audit')).filter(({ to }) => to <= given)
  const entries: Part[] = []
  for (const part of full) if (!(await holdsLater(db, part, cut))) entries.push(part)
  return [...entries, ...seals]
}

/** Entries after the cut, or some that are not in the chain yet. */
async function holdsLater(db: Db, { from, to }: Part, { position }: Place): Promise<boolean> {
  const inside = () => db.selectFrom('audit').select('seq').where('seq', '>=', from).where('seq', '<', to).limit(1)
  const found = [
    await inside().where('position', 'is', null).executeTakeFirst(),
    await inside().where('position', '>', position).executeTakeFirst(),
  ]
  return found.some((row) => row !== undefined)
}

/** Entries are numbered twice, and a part of the one numbering ends in the middle of a part of the other. */
async function sweep({ store }: RetentionNeeds, { position }: Place): Promise<number> {
  const left = await store.read
    .selectFrom('audit')
    .select('seq')
    .where('position', '<=', position)
    .orderBy('position')
    .limit(STEP)
    .execute()
  const seqs = left.map(({ seq }) => seq)
  if (seqs.length > 0) await store.write((tx) => tx.deleteFrom('audit').where('seq', 'in', seqs).execute())
  return seqs.length
}
