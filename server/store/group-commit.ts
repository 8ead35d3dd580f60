// One commit for all writes that arrive together on the embedded engine.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ReadTurns } from './read-turns.ts'
import type { Db } from './schema.ts'
import type { Announce } from './store.ts'
import type { Topics } from './topics.ts'
import type { TransactionDb } from './transaction-db.ts'

type Job = { run: () => Promise<void>; settle: (committed: boolean, error?: unknown) => void }

/**
 * Writes that arrive in one turn of the event loop share one commit, and so one wait for the disk. Each keeps its
 * own savepoint: one that fails takes nobody with it, unless SQLite itself rolls all of them back; then each is told why.
 */
export class GroupCommit {
  readonly #connection: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #savepointOf: { begin: StatementSync; release: StatementSync }
  readonly #tx: TransactionDb
  readonly #topics: Topics
  readonly #turns: ReadTurns
  #waiting: Job[] = []
  #running: Promise<void> | undefined
  #fault: Error | undefined

  constructor(connection: DatabaseSync, tx: TransactionDb, topics: Topics, turns: ReadTurns) {
    this.#connection = connection
    this.#begin = connection.prepare('begin immediate')
    this.#commit = connection.prepare('commit')
    this.#savepointOf = { begin: connection.prepare('savepoint job'), release: connection.prepare('release job') }
    this.#tx = tx
    this.#topics = topics
    this.#turns = turns
  }

  add<T>(work: (tx: Db, announce: Announce) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const announced = new Set<string>()
      let outcome: { value: T } | { error: unknown } | undefined
      this.#waiting.push({
        run: async () => {
          outcome = await this.#savepoint(() => work(this.#tx.db, (topic) => announced.add(topic)))
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

  /** Where SQLite has rolled back by itself, what is asked for after that would be committed alone. */
  get inTransaction(): DatabaseSync {
    if (!this.#connection.isTransaction) throw new Error('the transaction was rolled back')
    return this.#connection
  }

  /** @throws what made this store unusable until the server is started again */
  refuseBroken(): void {
    if (this.#fault) throw this.#fault
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
      this.#tx.end()
      // A disk that is full or fails: what the others wrote is gone with it, or not to be relied on.
      if (!this.#connection.isTransaction || isFaultOfDisk(error)) throw error
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

  /** Waits for all sockets that are ready to be read, so that whatever they want written goes together. */
  async #others(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
  }

  async #commitAll(): Promise<void> {
    const jobs = this.#waiting
    this.#waiting = []
    try {
      this.refuseBroken()
      this.#turns.end()
      this.#begin.run()
      for (const job of jobs) await job.run()
      this.#commit.run()
    } catch (error) {
      if (isFaultOfDisk(error)) this.#fault = error
      if (this.#connection.isTransaction) this.#connection.exec('rollback')
      for (const job of jobs) job.settle(false, error)
      return
    }
    for (const job of jobs) job.settle(true)
  }
}

const SQLITE_IOERR = 10

/**
 * Once a disk has failed to write or synchronise, the system may drop what it did not write and call the next
 * synchronisation a success: what would be acknowledged then could be gone after a restart. What is on the disk is
 * known again when the file is opened anew.
 */
function isFaultOfDisk(error: unknown): error is Error {
  return error instanceof Error && (Number((error as { errcode?: number }).errcode) & 0xff) === SQLITE_IOERR
}
