// On PostgreSQL the audit log is kept in parts, each of some weeks by the place of its entries: an old one is dropped
// whole, where deleting its rows would cost as much as writing them did. By place and not by time, since entries are
// looked for by their number: one part is asked then, and all others are passed over.
import { sql } from 'kysely'
import type { Db } from './schema.ts'
import type { Store } from './store.ts'

/** By which number each is cut. */
export const CUT_BY = { audit: 'seq', audit_seals: 'position' } as const
export type PartedTable = keyof typeof CUT_BY

/** Places from `from`, without `to`. */
export type Part = { name: string; from: number; to: number }

/** A part holds no fewer places: a small house has few of them. */
export const LEAST = 1_000_000
const FIRST = 'first'
/** What no part is made for: nothing is ever refused for want of one. */
const REST = 'rest'
/** Whoever writes waits no longer for a part that comes or goes than this. */
const WAITS = '200ms'

export const partName = (table: PartedTable, of: string | number) => `${table}_part_${of}`
/** Whether a table is such a part, and so of no concern to whoever lists tables. */
export const isPart = (table: string) => /^audit(_seals)?_part_/.test(table)

/** In their order, without the rest. */
export async function partsOf(db: Db, table: PartedTable): Promise<Part[]> {
  const { rows } = await sql<{ name: string; bound: string }>`
    select relname as name, pg_get_expr(relpartbound, pg_class.oid) as bound
    from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = to_regclass(${table})`.execute(db)
  const parts = rows.flatMap(({ name, bound }) => {
    const [, from, to] = /FROM \('?(MINVALUE|\d+)'?\) TO \('?(\d+)'?\)/.exec(bound) ?? []
    return to === undefined ? [] : [{ name, from: from === 'MINVALUE' ? 0 : Number(from), to: Number(to) }]
  })
  return parts.sort((a, b) => a.from - b.from)
}

/** Makes of a table its own first part, up to `to`, and adds the rest. Nothing that is in it is moved or looked at. */
export async function divide(db: Db, table: PartedTable, to: number): Promise<void> {
  const first = partName(table, FIRST)
  const indexes = await indexesOf(db, table)
  await sql`alter table ${sql.table(table)} rename to ${sql.table(first)}`.execute(db)
  for (const { name } of indexes)
    await sql`alter index ${sql.ref(name)} rename to ${sql.ref(`${first}_${name}`)}`.execute(db)
  const column = sql.ref(CUT_BY[table])
  await sql`create table ${sql.table(table)} (like ${sql.table(first)} including defaults) partition by range (${column})`.execute(
    db,
  )
  for (const { name, text, isKey, isOnly } of indexes) {
    if (isKey)
      await sql`alter table ${sql.table(table)} add constraint ${sql.ref(name)} primary key (${column})`.execute(db)
    // One that holds values apart would have to do so across all parts.
    else if (!isOnly) await sql.raw(text).execute(db)
  }
  await sql`alter table ${sql.table(table)} attach partition ${sql.table(first)} for values from (minvalue) to (${sql.lit(to)})`.execute(
    db,
  )
  await sql`create table ${sql.table(partName(table, REST))} partition of ${sql.table(table)} default`.execute(db)
}

type Index = { name: string; text: string; isKey: boolean; isOnly: boolean }

async function indexesOf(db: Db, table: PartedTable): Promise<Index[]> {
  const { rows } = await sql<Index>`
    select relname as name, pg_get_indexdef(indexrelid) as text, indisprimary as "isKey", indisunique as "isOnly"
    from pg_index join pg_class on pg_class.oid = indexrelid
    where indrelid = to_regclass(${table}) order by relname`.execute(db)
  return rows
}

/**
 * Sees to it that the next part is there long before it is needed. Others may write meanwhile, and do the same.
 * @param width how many places the next part is to hold @param last the highest that was given out
 */
export async function makeRoom(
  store: Store,
  table: PartedTable,
  { width, last }: { width: number; last: number },
): Promise<void> {
  const until = (await partsOf(store.read, table)).at(-1)?.to
  if (until === undefined || until - last > width / 2) return
  await store.write(async (tx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(tx)
    await sql`select set_config('lock_timeout', ${WAITS}, true)`.execute(tx)
    const parts = await partsOf(tx, table)
    if (parts.at(-1)?.to !== until) return
    // What stands in the rest already stays there: a part for it would have to take it over while everybody waits.
    const from = (await isFree(tx, table, until)) ? until : Math.max(until, last + width)
    await addPart(tx, table, { from, to: from + width })
  })
}

/** PostgreSQL's number for the lock that keeps two who make room apart: "room" in ASCII. */
const LOCK = 0x726f6f6d

async function isFree(tx: Db, table: PartedTable, from: number): Promise<boolean> {
  const column = sql.ref(CUT_BY[table])
  const beyond = sql`select 1 from ${sql.table(partName(table, REST))} where ${column} >= ${from} limit 1`
  return (await beyond.execute(tx)).rows.length === 0
}

/** Attached, not made in its place: nobody who writes waits for that. */
export async function addPart(tx: Db, table: PartedTable, { from, to }: { from: number; to: number }): Promise<void> {
  const part = sql.table(partName(table, from))
  await sql`create table ${part} (like ${sql.table(table)} including defaults including indexes)`.execute(tx)
  await sql`alter table ${sql.table(table)} attach partition ${part} for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(
    tx,
  )
}

/** From here to the end of the transaction nobody else reads or writes them. Rejects where that is not to be had soon. */
export async function holdParted(tx: Db): Promise<void> {
  await sql`select set_config('lock_timeout', ${WAITS}, true)`.execute(tx)
  await sql`lock table only audit in access exclusive mode`.execute(tx)
  await sql`lock table only audit_seals in access exclusive mode`.execute(tx)
}

/** PostgreSQL's codes for a lock that is not to be had in time, and for two who wait for one another. */
export const isTaken = (error: unknown) => ['55P03', '40P01'].includes((error as { code?: string }).code ?? '')

export async function dropPart(tx: Db, { name }: Part): Promise<void> {
  await sql`drop table if exists ${sql.table(name)}`.execute(tx)
}
