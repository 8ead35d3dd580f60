// A page of those that a condition is true of, and how many there are in all. However large the directory is, a condition
// looks at so many rows at most: what no index narrows to that is refused.
import { type Expression, type SqlBool, sql } from 'kysely'
import type { Db } from '../../store/schema.ts'
import { type Columns, type Condition, narrowing, sqlOf } from './condition.ts'

/** How many rows may be compared for one question. */
export const MOST_COMPARED = 20_000

/** The condition would have to be compared with more rows than that. */
export class TooWide extends Error {
  override name = 'TooWide'
}

export type Page = {
  offset: number
  limit: number
  /** in the place of the offset, where the list is in the order of keys: what is behind this one */
  after?: string | undefined
}
export type Found<Id> = { total: number; ids: Id[] }

/**
 * In the order of `key`.
 * @throws {Incomparable} @throws {TooWide}
 */
export async function search<Member extends string, Id extends string>(
  db: Db,
  { table, key, columns }: { table: 'users' | 'groups'; key: string; columns: Columns<Member> },
  condition: Condition<Member>,
  { offset, limit }: Page,
): Promise<Found<Id>> {
  const whole = sqlOf(columns, condition)
  if (await isWide(db, table, narrowing(columns, condition))) throw new TooWide()
  const { rows } = await sql<{ id: Id; key: string }>`
    SELECT id, ${sql.ref(key)} AS key FROM ${sql.table(table)} WHERE ${whole}`.execute(db)
  // Put in order here: asked for an order, an engine may walk through everybody by it instead of by the condition.
  rows.sort((a, b) => (a.key < b.key ? -1 : 1))
  return { total: rows.length, ids: rows.slice(offset, offset + limit).map(({ id }) => id) }
}

async function isWide(db: Db, table: 'users' | 'groups', narrowed: Expression<SqlBool> | undefined): Promise<boolean> {
  const where = narrowed ? sql`WHERE ${narrowed}` : sql``
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM
      (SELECT 1 AS one FROM ${sql.table(table)} ${where} LIMIT ${MOST_COMPARED + 1}) AS compared`.execute(db)
  return Number(rows[0]?.count ?? 0) > MOST_COMPARED
}
