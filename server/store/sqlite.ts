// The embedded engine: node:sqlite, WAL, every commit on disk before it is answered.
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { Aside } from './aside.ts'
import { GroupCommit } from './group-commit.ts'
import { migrate, refuseUnknown } from './migrate.ts'
import type { EngineColumns } from './migrations/tables.ts'
import { migrations } from './migrations.ts'
import { runsDirectly } from './prepared.ts'
import { ReadTurns } from './read-turns.ts'
import type { Db, Schema } from './schema.ts'
import { connect, type Statement, statements } from './sqlite-connection.ts'
import { EmbeddedDialect } from './sqlite-dialect.ts'
import type { Store } from './store.ts'
import { inSteps } from './together.ts'
import { Topics } from './topics.ts'
import { TransactionDb } from './transaction-db.ts'

/** How often another process's commits are looked for, in milliseconds. */
const FOREIGN_COMMIT_POLL = 500
/** From so many bytes of a store on, whoever only looks is answered by a thread beside: in smaller ones a look is quick. */
const LARGE = 64 * 1024 ** 2

const COLUMNS: EngineColumns = {
  risingType: 'integer',
  rising: (c) => c.primaryKey().autoIncrement(),
  // Text compares by its bytes here unless told otherwise.
  bytewise: async () => {},
}

/**
 * Personal data and password hashes. Attack stopped: somebody else on this machine reads them, where the folder was made
 * by whoever installed this. SQLite gives its other files the mode of the first.
 */
function forUsAlone(file: string): void {
  // Never one that is there: closing it would let go of the locks that this process has on it (POSIX fcntl).
  if (!statSync(file, { throwIfNoEntry: false })) closeSync(openSync(file, 'a', 0o600))
  // A group may have been let in on purpose, for copies; by 0644, which is SQLite's own, nobody was.
  const was = statSync(file).mode & 0o777
  const kept = was === 0o644 ? 0o600 : was & 0o770
  for (const each of [file, `${file}-wal`, `${file}-shm`]) {
    const found = statSync(each, { throwIfNoEntry: false })
    if (found && found.uid === process.getuid?.() && (found.mode & 0o777 & ~kept) !== 0)
      chmodSync(each, found.mode & kept)
  }
}

/** @param large bytes @param known the migrations of this release */
export async function openSqlite(file: string, large = LARGE, known = migrations(COLUMNS)): Promise<Store> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  forUsAlone(file)
  const writer = connect(file)
  await migrate(kyselyOn(statements(() => writer)), known).catch((error: unknown) => {
    writer.close()
    throw error
  })
  const reader = connect(file)
  const topics = new Topics()
  const turns = new ReadTurns(writer)
  const written = statements(() => queue.inTransaction)
  const write = new TransactionDb((refuseOver) =>
    kyselyOn((query) => {
      refuseOver()
      return written(query)
    }),
  )
  const queue: GroupCommit = new GroupCommit(writer, write, topics, turns)
  const aside = new Aside(file)
  const poll = watchForeignCommits(writer, topics)
  const asked = statements(() => {
    // What a commit that failed has left may be seen, and gone after a restart.
    queue.refuseBroken()
    // While a commit is being prepared its own connection would show what may yet be rolled back.
    if (writer.isTransaction && !turns.isOpen) return reader
    turns.join()
    return writer
  })
  const read = kyselyOn(asked)
  return {
    engine: 'sqlite',
    read,
    aside: () => (statSync(file).size < large ? read : aside.db),
    write: (work) => queue.add(work),
    writeTogether: inSteps({ write: (work) => queue.add(work) }),
    subscribe: (topic, listener) => topics.subscribe(topic, listener),
    clockAhead: () => 0,
    ping: async () => {
      queue.refuseBroken()
      await refuseUnknown(read, new Set(Object.keys(known)))
    },
    // Nobody else has it open: done with all other migrations.
    contract: async () => {},
    close: async () => {
      clearInterval(poll)
      await queue.idle()
      await aside.close()
      turns.end()
      writer.close()
      reader.close()
    },
  }
}

function kyselyOn(prepare: (query: string) => Statement): Db {
  const db: Db = new Kysely<Schema>({ dialect: new EmbeddedDialect({ database: { close: () => {}, prepare } }) })
  runsDirectly(db, (sql, parameters) => {
    const ready = prepare(sql)
    if (ready.reader) return { rows: ready.all(parameters) }
    return { rows: [], numAffectedRows: ready.run(parameters).changes }
  })
  return db
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
