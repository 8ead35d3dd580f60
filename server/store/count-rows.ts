// How many there are, where a bound says how many anybody needs to know.
import type { SelectQueryBuilder } from 'kysely'
import type { Db, Schema } from './schema.ts'

/** @param rows with a limit: no more are looked at */
export async function countRows<Tables extends keyof Schema, Row>(
  db: Db,
  rows: SelectQueryBuilder<Schema, Tables, Row>,
): Promise<number> {
  const counted = await db
    .selectFrom(rows.as('rows'))
    .select((e) => e.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(counted.count)
}
