// The embedded engine: node:sqlite, WAL, every commit on disk before it is answered.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import { GroupCommit } from './group-commit.ts'
import { migrate, refuseUnknown } from './migrate.ts'
import type { EngineColumns } from './migrations/tables.ts'
import { migrations } from './migrations.ts'
import { runsDirectly } from './prepared.ts'
import { ReadTurns } from './read-turns.ts'
import type { Db, Schema } from './schema.ts'
import type { Store } from './store.ts'
import { Topics } from './topics.ts'

/** How often another process's commits are looked for, in milliseconds. */
const FOREIGN_COMMIT_POLL = 500
const MOST_STATEMENTS = 500

const COLUMNS: EngineColumns = {
  risingType: 'integer',
  rising: (c) => c.primaryKey().autoIncrement(),
  // Text compares by its bytes here unless told otherwise.
  bytewise: async () => {},
}

export async function openSqlite(file: string): Promise<Store> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const writer = connect(file)
  const write = kyselyOn(() => writer)
  const known = migrations(COLUMNS)
  await migrate(write, known)
  const reader = connect(file)
  const topics = new Topics()
  const turns = new ReadTurns(writer)
  const queue = new GroupCommit(writer, write, topics, turns)
  const poll = watchForeignCommits(writer, topics)
  const read = kyselyOn(() => {
    // While a commit is being prepared its own connection would show what may yet be rolled back.
    if (writer.isTransaction && !turns.isOpen) return reader
    turns.join()
    return writer
  })
  return {
    engine: 'sqlite',
    read,
    write: (work) => queue.add(work),
    subscribe: (topic, listener) => topics.subscribe(topic, listener),
    ping: () => refuseUnknown(read, new Set(Object.keys(known))),
    close: async () => {
      clearInterval(poll)
      await queue.idle()
      turns.end()
      writer.close()
      reader.close()
    },
  }
}

function connect(file: string): DatabaseSync {
  const connection = new DatabaseSync(file, { timeout: 5000 })
  connection.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
  connection.exec('pragma cache_size = -65536; pragma temp_store = memory; pragma wal_autocheckpoint = 4000')
  return connection
}

/** @param connection asked at each statement */
function kyselyOn(connection: () => DatabaseSync): Db {
  const known = new WeakMap<DatabaseSync, Map<string, Statement>>()
  const prepare = (sql: string): Statement => {
    const on = connection()
    const statements = known.get(on) ?? new Map<string, Statement>()
    known.set(on, statements)
    const ready = statements.get(sql)
    if (ready) return ready
    if (statements.size >= MOST_STATEMENTS) statements.clear()
    const made = statement(on.prepare(sql))
    statements.set(sql, made)
    return made
  }
  const db: Db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: { close: () => {}, prepare } }) })
  runsDirectly(db, (sql, parameters) => {
    const ready = prepare(sql)
    if (ready.reader) return { rows: ready.all(parameters) }
    return { rows: [], numAffectedRows: ready.run(parameters).changes }
  })
  return db
}

type Statement = ReturnType<typeof statement>

/** node:sqlite's statement in the shape that Kysely's dialect expects. */
function statement(prepared: StatementSync) {
  const columns = prepared.columns().map(({ name }) => name)
  // Rows as node:sqlite makes them are slow to read and slower to copy; values are put into objects of one shape here.
  prepared.setReturnArrays(true)
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
  const rowOf = (row: unknown) => named(columns, row as readonly unknown[])
  return {
    reader: columns.length > 0,
    all: (parameters: readonly unknown[]) => prepared.all(...values(parameters)).map(rowOf),
    run: (parameters: readonly unknown[]) => {
      const { changes, lastInsertRowid } = prepared.run(...values(parameters))
      return { changes: BigInt(changes), lastInsertRowid: BigInt(lastInsertRowid) }
    },
    iterate: (parameters: readonly unknown[]) => prepared.iterate(...values(parameters)).map(rowOf),
  }
}

function named(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (let i = 0; i < columns.length; i++) row[columns[i] as string] = values[i]
  return row
}

/** The command line changes the store while the server runs; its commits wake this process's waiters too. */
function watchForeignCommits(writer: DatabaseSync, topics: Topics): NodeJS.Timeout {
  // A connection's data_version rises on every commit but its own.
  const version = () => (writer.prepare('pragma data_version').get() as { data_version: number }).data_version
  let seen = version()
  const poll = setInterval(() => {
    if (!writer.isOpen || writer.isTransaction) return
    const now = version()
    if (now !== seen) topics.publishAll()
    seen = now
  }, FOREIGN_COMMIT_POLL)
  return poll.unref()
}
