// PostgreSQL makes an index while others write, outside of any transaction. One that was cut off is left behind broken:
// it is written to and never read, so it is taken away and made again.
import { type Kysely, sql } from 'kysely'
import { type NewIndex, newIndex } from './migrations/tables.ts'

/** Of a table in parts each part gets its own, which the whole table's takes for its own later, at once. */
export async function indexBeside(db: Kysely<unknown>, one: NewIndex): Promise<void> {
  const parts = await partsOf(db, one.on)
  for (const part of parts) {
    const own = parts.length === 1 ? one.name : `${part}_${one.name}`
    if (await isThere(db, own)) continue
    const { sql: text } = newIndex(db, { ...one, name: own, on: part }).compile()
    await sql.raw(text.replace('create index', 'create index concurrently')).execute(db)
  }
}

/** Of one that is not in parts PostgreSQL tells none: itself. */
async function partsOf(db: Kysely<unknown>, table: string): Promise<string[]> {
  const { rows } = await sql<{ part: string }>`select relid::regclass::text as part
    from pg_partition_tree(to_regclass(${table})) where isleaf order by relid`.execute(db)
  return rows.length > 0 ? rows.map(({ part }) => part) : [table]
}

async function isThere(db: Kysely<unknown>, name: string): Promise<boolean> {
  const { rows } = await sql<{ sound: boolean }>`select indisvalid as sound
    from pg_index where indexrelid = to_regclass(${name})`.execute(db)
  if (rows[0]?.sound === false) await sql`drop index concurrently ${sql.ref(name)}`.execute(db)
  return rows[0]?.sound === true
}
