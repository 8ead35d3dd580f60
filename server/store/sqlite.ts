// The embedded engine: node:sqlite, WAL, every commit on disk before it is answered.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import { migrate } from './migrate.ts'
import { migrations } from './migrations.ts'
import type { Db, Schema } from './schema.ts'
import type { Announce, Store } from './store.ts'
import { Topics } from './topics.ts'

/** How often another process's commits are looked for, in milliseconds. */
const FOREIGN_COMMIT_POLL = 500
const MOST_STATEMENTS = 500
/** Commits follow one another no faster than this, in milliseconds: what arrives in between shares the next one. */
const PACE_MS = 2

export async function openSqlite(file: string): Promise<Store> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const writer = connect(file)
  const write = kyselyOn(() => writer)
  await migrate(write, migrations({ risingType: 'integer', rising: (c) => c.primaryKey().autoIncrement() }))
  const reader = connect(file)
  const topics = new Topics()
  const queue = new GroupCommit(writer, write, topics)
  const poll = watchForeignCommits(reader, writer, topics)
  // While a commit is being prepared its own connection would show what may yet be rolled back.
  const read = kyselyOn(() => (writer.isTransaction ? reader : writer))
  return {
    engine: 'sqlite',
    read,
    write: (work) => queue.add(work),
    subscribe: (topic, listener) => topics.subscribe(topic, listener),
    ping: async () => void reader.prepare('select 1').get(),
    close: async () => {
      clearInterval(poll)
      await queue.idle()
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
  const known = new WeakMap<DatabaseSync, Map<string, ReturnType<typeof statement>>>()
  const prepare = (sql: string) => {
    const on = connection()
    const statements = known.get(on) ?? new Map<string, ReturnType<typeof statement>>()
    known.set(on, statements)
    const ready = statements.get(sql)
    if (ready) return ready
    if (statements.size >= MOST_STATEMENTS) statements.clear()
    const made = statement(on.prepare(sql))
    statements.set(sql, made)
    return made
  }
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database: { close: () => {}, prepare } }) })
}

/** node:sqlite's statement in the shape that Kysely's dialect expects. */
function statement(prepared: StatementSync) {
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
  return {
    reader: prepared.columns().length > 0,
    all: (parameters: readonly unknown[]) => prepared.all(...values(parameters)) as unknown[],
    run: (parameters: readonly unknown[]) => {
      const { changes, lastInsertRowid } = prepared.run(...values(parameters))
      return { changes: BigInt(changes), lastInsertRowid: BigInt(lastInsertRowid) }
    },
    iterate: (parameters: readonly unknown[]) => prepared.iterate(...values(parameters)) as IterableIterator<unknown>,
  }
}

/** The command line changes the store while the server runs; its commits wake this process's waiters too. */
function watchForeignCommits(reader: DatabaseSync, writer: DatabaseSync, topics: Topics): NodeJS.Timeout {
  // A connection's data_version rises on every commit but its own.
  const version = () => (writer.prepare('pragma data_version').get() as { data_version: number }).data_version
  let seen = version()
  const poll = setInterval(() => {
    if (!reader.isOpen || writer.isTransaction) return
    const now = version()
    if (now !== seen) topics.publishAll()
    seen = now
  }, FOREIGN_COMMIT_POLL)
  return poll.unref()
}

type Job = { run: () => Promise<void>; settle: (committed: boolean, error?: unknown) => void }

/**
 * Writes that arrive in one turn of the event loop share one commit, and so one wait for the disk. Each keeps its
 * own savepoint: one that fails takes nobody with it.
 */
class GroupCommit {
  readonly #connection: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #savepointOf: { begin: StatementSync; release: StatementSync }
  readonly #db: Db
  readonly #topics: Topics
  #waiting: Job[] = []
  #running: Promise<void> | undefined
  #lastCommit = 0

  constructor(connection: DatabaseSync, db: Db, topics: Topics) {
    this.#connection = connection
    this.#begin = connection.prepare('begin immediate')
    this.#commit = connection.prepare('commit')
    this.#savepointOf = { begin: connection.prepare('savepoint job'), release: connection.prepare('release job') }
    this.#db = db
    this.#topics = topics
  }

  add<T>(work: (tx: Db, announce: Announce) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const announced = new Set<string>()
      let outcome: { value: T } | { error: unknown } | undefined
      this.#waiting.push({
        run: async () => {
          outcome = await this.#savepoint(() => work(this.#db, (topic) => announced.add(topic)))
        },
        settle: (committed, error) => {
          if (!committed) return reject(error)
          if (!outcome || 'error' in outcome) return reject(outcome?.error)
          this.#topics.publish(announced)
          resolve(outcome.value)
        },
      })
      this.#running ??= this.#drain()
    })
  }

  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #savepoint<T>(work: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
    this.#savepointOf.begin.run()
    try {
      const value = await work()
      this.#savepointOf.release.run()
      return { value }
    } catch (error) {
      this.#connection.exec('rollback to job; release job')
      return { error }
    }
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        await this.#others()
        await this.#commitAll()
      }
    } finally {
      this.#running = undefined
    }
  }

  /**
   * Waits for all sockets that are ready to be read, so that whatever they want written goes together; and under load
   * a little longer, for a commit costs more than what is in it.
   */
  async #others(): Promise<void> {
    const rest = this.#lastCommit + PACE_MS - performance.now()
    await new Promise<void>((resolve) => (rest > 0 ? setTimeout(resolve, rest) : setImmediate(resolve)))
  }

  async #commitAll(): Promise<void> {
    const jobs = this.#waiting
    this.#waiting = []
    try {
      this.#begin.run()
      for (const job of jobs) await job.run()
      this.#commit.run()
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec('rollback')
      for (const job of jobs) job.settle(false, error)
      return
    }
    this.#lastCommit = performance.now()
    for (const job of jobs) job.settle(true)
  }
}
