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

/** But primary keys, which stay with their table. */
async function plainIndexes({ engine, read }: Store, tables: readonly string[]): Promise<Index[]> {
  const all =
    engine === 'sqlite'
      ? sql<Index>`select name, sql as definition from sqlite_master
          where type = 'index' and sql is not null and tbl_name in (${sql.join(tables)})`
      : sql<Index>`select indexname as name, indexdef as definition from pg_indexes
          where schemaname = current_schema() and tablename in (${sql.join(tables)})`
  const { rows } = await all.execute(read)
  return rows.filter(({ name }) => !/_pk(ey)?$/.test(name))
}

/**
 * Rows whose primary key comes in no order: gathered first, then written in its order, all at once.
 * @param key the columns of the primary key
 */
export async function insertInOrder<Table extends keyof Schema>(
  store: Store,
  table: Table,
  key: readonly string[],
  work: (gather: (tx: Db, rows: readonly Row<Table>[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  const heap = `seed_${table}`
  const all = sql.table(heap)
  await store.write((tx) => sql`create table ${all} as select * from ${sql.table(table)} where false`.execute(tx))
  try {
    await work((tx, rows) => insertAll(tx, store.engine, heap as Table, rows))
    const order = sql.join(key.map((name) => sql.ref(name)))
    await store.write((tx) => sql`insert into ${sql.table(table)} select * from ${all} order by ${order}`.execute(tx))
  } finally {
    await store.write((tx) => sql`drop table ${all}`.execute(tx))
  }
}

/** Told what there is, the engine asks in the right order. */
export async function analyse({ engine, write }: Store): Promise<void> {
  if (engine === 'postgres') await write((tx) => sql`analyze`.execute(tx))
}
