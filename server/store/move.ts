// An embedded store, copied to PostgreSQL with everything in it. Which tables and columns there are is read from the
// stores themselves, so that none can be forgotten. Each batch and how far it reaches are one transaction: a move that
// was cut off goes on where it was.
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import pg from 'pg'
import { Problem } from '../../protocol/problems.ts'
import { FILLING } from './migrate.ts'
import { CUT_BY, isPart, makeRoom, type PartedTable } from './parts.ts'
import { openPostgres } from './postgres.ts'
import type { Db } from './schema.ts'
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'

export type TableMoved = { table: string; rows: number }

const AT_ONCE = 1000
/** PostgreSQL's number for the lock that keeps two moves apart: "move" in ASCII. */
const LOCK = 0x6d6f7665

/**
 * @param file of the embedded store, which nobody else may have open to write
 * @param told after each batch
 * @returns the filled store, still marked as being filled: `finishMove` opens it to servers
 * @throws {Problem} `invalid` where the database holds something else, `unavailable` where counts differ
 */
export async function copyStore(
  move: { file: string; to: string; id: string },
  told: (moved: TableMoved) => void = () => {},
): Promise<{ target: Store; tables: TableMoved[] }> {
  // Opened once for its migrations: both sides then have the tables of this release.
  const source = await openSqlite(move.file)
  const tables = await tablesOf(source.read)
  await source.close()
  const lock = await claim(move, Object.keys(tables))
  try {
    const target = await openPostgres(move.to, { isBeingFilled: true })
    try {
      refuseDifferent(tables, await tablesOf(target.read, await schemaOf(target)))
      return { target, tables: await fill(move, { target, tables, told }) }
    } catch (error) {
      await target.close()
      throw error
    }
  } finally {
    await lock.end()
  }
}

/** Before a move is noted anywhere. @throws what the system or PostgreSQL says where the database can't be reached */
export async function reach(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  await client.end()
}

/** From here on servers may start on it. */
export async function finishMove(target: Store): Promise<void> {
  await target.write(async (tx) => void (await sql`drop table if exists ${sql.table(FILLING)}`.execute(tx)))
}

type Tables = Record<string, { column: string; isRising: boolean }[]>

/** What stands there by itself, and not in an embedded store. */
export const isOfPostgres = (table: string) => isPart(table) || table === 'processes'

/** Of this store alone, whatever else is in other schemas of the database. */
async function tablesOf(db: Db, own?: string): Promise<Tables> {
  const tables = await db.introspection.getTables()
  const ours = tables.filter(
    ({ name, schema, isView }) => !isView && name !== FILLING && !isOfPostgres(name) && schema === own,
  )
  return Object.fromEntries(
    ours.map(({ name, columns }) => [
      name,
      columns.map(({ name: column, isAutoIncrementing }) => ({ column, isRising: isAutoIncrementing })),
    ]),
  )
}

async function schemaOf({ read }: Store): Promise<string | undefined> {
  return (await sql<{ own: string }>`select current_schema() as own`.execute(read)).rows[0]?.own
}

/** Held until the connection ends. The database is marked before anything else is made in it. */
async function claim({ to, id }: { to: string; id: string }, ours: readonly string[]): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: to })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query('select pg_try_advisory_lock($1) as held', [LOCK])
    if (!rows[0].held) throw refused('Another move to this database is under way.')
    const found = await client.query(
      'select table_name as name from information_schema.tables where table_schema = current_schema()',
    )
    const names = new Set(found.rows.map(({ name }) => name))
    if (!names.has(FILLING))
      await begin(
        client,
        id,
        ['kysely_migration', ...ours].find((name) => names.has(name)),
      )
    const marks = await client.query(`select id from ${FILLING} where filled = ''`)
    if (marks.rows[0]?.id !== id) throw refused('The database is being filled from another store.')
    return client
  } catch (error) {
    await client.end()
    throw error
  }
}

async function begin(client: pg.Client, id: string, there: string | undefined): Promise<void> {
  if (there)
    throw refused(`The database is not empty: it has a table ${there}. Give one that Countersign has never used.`)
  await client.query('begin')
  await client.query(
    `create table ${FILLING} (filled text primary key, id text not null, last bigint not null, rows bigint not null)`,
  )
  await client.query(`insert into ${FILLING} values ('', $1, 0, 0)`, [id])
  await client.query('commit')
}

const refused = (detail: string) => new Problem('invalid', { detail })

function refuseDifferent(from: Tables, to: Tables): void {
  const shape = (tables: Tables) =>
    Object.entries(tables)
      .map(([table, columns]) => `${table} (${columns.map(({ column }) => column).sort()})`)
      .sort()
  const [ours, theirs] = [shape(from), shape(to)]
  const odd = ours.find((table, index) => table !== theirs[index])
  if (odd || ours.length !== theirs.length) throw new Error(`The engines' tables differ: ${odd ?? theirs.at(-1)}`)
}

type Filling = { target: Store; tables: Tables; told: (moved: TableMoved) => void }

/** Under the lock that writers of the source take: it stands still, for the command line too. */
async function fill(move: { file: string; id: string }, { target, tables, told }: Filling): Promise<TableMoved[]> {
  const source = new DatabaseSync(move.file, { timeout: 5000 })
  try {
    source.exec('begin immediate')
    const moved: TableMoved[] = []
    for (const table of Object.keys(CUT_BY) as PartedTable[]) await makeWide(source, target, table)
    for (const [table, columns] of Object.entries(tables)) {
      await fillTable(source, { target, id: move.id, table, columns: columns.map(({ column }) => column), told })
      const rising = columns.find(({ isRising }) => isRising)
      if (rising) await goOnCounting(source, target, { table, column: rising.column })
      moved.push({ table, rows: await sameCount(source, target, table) })
    }
    return moved
  } finally {
    source.close()
  }
}

/** One part for all that comes, where the first is too small for it. */
async function makeWide(source: DatabaseSync, target: Store, table: PartedTable): Promise<void> {
  const highest = source.prepare(`select max("${CUT_BY[table]}") as last from "${table}"`).get()?.last
  const last = Number(highest ?? 0)
  await makeRoom(target, table, { width: last, last })
}

type Filled = { target: Store; id: string; table: string; columns: readonly string[]; told: Filling['told'] }

/** By SQLite's own row numbers, which every table has and which stay as they are while nobody writes. */
async function fillTable(source: DatabaseSync, { target, id, table, columns, told }: Filled): Promise<void> {
  const names = columns.map((column) => `"${column}"`).join(', ')
  const page = source.prepare(
    `select rowid as "row number", ${names} from "${table}" where rowid > ? order by rowid limit ${AT_ONCE}`,
  )
  let { last, rows: moved } = await reached(target.read, table)
  for (let isWhole = false; !isWhole; ) {
    const rows = page.all(last ?? Number.MIN_SAFE_INTEGER)
    isWhole = rows.length < AT_ONCE
    const isFirst = last === undefined
    last = (rows.at(-1)?.['row number'] as number | undefined) ?? last ?? 0
    moved += rows.length
    const reach = { table, id, last, moved, isFirst }
    await target.write((tx) => writeBatch(tx, { reach, names, json: JSON.stringify(rows) })).catch(explained(table))
    told({ table, rows: moved })
  }
}

async function reached(db: Db, table: string): Promise<{ last: number | undefined; rows: number }> {
  const query = sql<{
    last: number
    rows: number
  }>`select last, rows from ${sql.table(FILLING)} where filled = ${table}`
  return (await query.execute(db)).rows[0] ?? { last: undefined, rows: 0 }
}

type Reach = { table: string; id: string; last: number; moved: number; isFirst: boolean }

async function writeBatch(
  tx: Db,
  { reach, names, json }: { reach: Reach; names: string; json: string },
): Promise<void> {
  const table = sql.table(reach.table)
  // What migrations put in by themselves is in the source too.
  if (reach.isFirst) await sql`delete from ${table}`.execute(tx)
  // PostgreSQL reads each member as the type of its column.
  const rows = sql`json_populate_recordset(null::${table}, ${json}::json)`
  await sql`insert into ${table} (${sql.raw(names)}) select ${sql.raw(names)} from ${rows}`.execute(tx)
  await sql`insert into ${sql.table(FILLING)} (filled, id, last, rows) values (${reach.table}, ${reach.id}, ${reach.last}, ${reach.moved})
    on conflict (filled) do update set last = excluded.last, rows = excluded.rows`.execute(tx)
}

/** PostgreSQL's code for a character that its text can't hold. */
const NO_TEXT = '22P05'

const explained = (table: string) => (error: Error & { code?: string }) => {
  if (error.code !== NO_TEXT) throw error
  throw refused(`A row of ${table} holds a NUL character, which PostgreSQL can’t keep. Correct it and run this again.`)
}

/** No number is given twice, not even that of a row that is gone. */
async function goOnCounting(source: DatabaseSync, target: Store, at: { table: string; column: string }): Promise<void> {
  const used = source.prepare('select seq from sqlite_sequence where name = ?').get(at.table)
  const highest = Number(used?.seq ?? 0)
  if (highest === 0) return
  const sequence = sql`pg_get_serial_sequence(${at.table}, ${at.column})`
  await target.write(async (tx) => void (await sql`select setval(${sequence}, ${highest})`.execute(tx)))
}

async function sameCount(source: DatabaseSync, target: Store, table: string): Promise<number> {
  const there = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(target.read)
  const counted = {
    from: source.prepare(`select count(*) as count from "${table}"`).get()?.count,
    to: there.rows[0]?.count,
  }
  if (counted.from === counted.to) return Number(counted.to)
  throw new Problem('unavailable', {
    detail: `${table} has ${counted.from} rows here and ${counted.to} there: something else writes to that database. Give an empty one.`,
  })
}
