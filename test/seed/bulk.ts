// Many rows at once: SQLite gets a hundred in a statement, PostgreSQL thousands as one JSON text. A query builder would take
// longer to list them than the engines take to write them.
import { CompiledQuery, type Insertable, sql } from 'kysely'
import type { Db, Schema } from '../../server/store/schema.ts'
import type { Store } from '../../server/store/store.ts'

export type Row<Table extends keyof Schema> = Insertable<Schema[Table]>

/** @param rows all with the same columns */
export async function insertAll<Table extends keyof Schema>(
  tx: Db,
  engine: Store['engine'],
  table: Table,
  rows: readonly Row<Table>[],
): Promise<void> {
  const [first] = rows
  if (!first) return
  const names = Object.keys(first)
  await (engine === 'sqlite' ? insertBound(tx, table, names, rows) : insertJson(tx, table, names, rows))
}

/** Below SQLite's bound of values for our widest table. */
const AT_ONCE = 100

async function insertBound(tx: Db, table: string, names: readonly string[], rows: readonly object[]): Promise<void> {
  const one = `(${names.map(() => '?').join()})`
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const some = rows.slice(from, from + AT_ONCE)
    const statement = `insert into "${table}" (${names.join()}) values ${some.map(() => one).join()}`
    const values = some.flatMap((row) => names.map((name) => row[name as keyof typeof row]))
    await tx.executeQuery(CompiledQuery.raw(statement, values))
  }
}

async function insertJson(tx: Db, table: string, names: readonly string[], rows: readonly object[]): Promise<void> {
  const columns = sql.join(names.map((name) => sql.ref(name)))
  const from = sql`json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)`
  await sql`insert into ${sql.table(table)} (${columns}) select ${columns} from ${from}`.execute(tx)
}

/** Takes the indexes of these tables away for so long, and makes them again: many times faster than row by row. */
export async function withoutIndexes(store: Store, tables: readonly (keyof Schema)[], work: () => Promise<void>) {
  const indexes = await plainIndexes(store, tables)
  const change = (statement: (index: Index) => string) =>
    store.write(async (tx) => {
      for (const index of indexes) await sql.raw(statement(index)).execute(tx)
    })
  await change(({ name }) => `drop index "${name}"`)
  try {
    await work()
  } finally {
    await change(({ definition }) => definition)
  }
}

type Index = { name: string; definition: string }

/** But those that keep something unique. */
async function plainIndexes({ engine, read }: Store, tables: readonly string[]): Promise<Index[]> {
  const all =
    engine === 'sqlite'
      ? sql<Index>`select name, sql as definition from sqlite_master
          where type = 'index' and sql is not null and tbl_name in (${sql.join(tables)})`
      : sql<Index>`select indexname as name, indexdef as definition from pg_indexes
          where schemaname = current_schema() and tablename in (${sql.join(tables)})`
  const { rows } = await all.execute(read)
  return rows.filter(({ definition }) => !/^create unique/i.test(definition))
}

/** Told what there is, the engine asks in the right order. */
export async function analyse({ engine, write }: Store): Promise<void> {
  if (engine === 'postgres') await write((tx) => sql`analyze`.execute(tx))
}
