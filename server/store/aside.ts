// Reads of whoever only looks on, on the embedded engine: in a thread of their own, because what takes long there, a
// search among a million people, would hold up every sign-in otherwise.
import { Worker } from 'node:worker_threads'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Db, Schema } from './schema.ts'

export type Asked = { id: number; sql: string; parameters: readonly unknown[] }
export type Answered = { id: number } & ({ rows: unknown[] } | { error: unknown })

const THREAD = new URL('./aside-thread.ts', import.meta.url)

/** The thread begins with the first read; one that has ended is replaced at the next. */
export class Aside {
  readonly db: Db
  readonly #file: string
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown[]>>()
  #thread: Worker | undefined
  #asked = 0

  constructor(file: string) {
    this.#file = file
    const driver = driverOf((query) => this.#ask(query))
    this.db = new Kysely<Schema>({
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => driver,
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
    })
  }

  async close(): Promise<void> {
    await this.#thread?.terminate()
  }

  #ask({ sql, parameters }: CompiledQuery): Promise<unknown[]> {
    this.#thread ??= this.#begin()
    const id = this.#asked++
    const answer = Promise.withResolvers<unknown[]>()
    this.#waiting.set(id, answer)
    this.#thread.postMessage({ id, sql, parameters } satisfies Asked)
    return answer.promise
  }

  #begin(): Worker {
    const thread = new Worker(THREAD, { workerData: { file: this.#file } })
    // It keeps no process from ending.
    thread.unref()
    thread.on('message', (answered: Answered) => {
      const waiting = this.#waiting.get(answered.id)
      this.#waiting.delete(answered.id)
      if ('rows' in answered) waiting?.resolve(answered.rows)
      else waiting?.reject(answered.error)
    })
    let reason: unknown = new Error('the thread that reads aside has ended')
    thread.on('error', (error) => {
      reason = error
    })
    thread.on('exit', () => {
      this.#thread = undefined
      for (const waiting of this.#waiting.values()) waiting.reject(reason)
      this.#waiting.clear()
    })
    return thread
  }
}

function driverOf(ask: (query: CompiledQuery) => Promise<unknown[]>): Driver {
  const connection: DatabaseConnection = {
    executeQuery: async <Row>(query: CompiledQuery) => ({ rows: await ask(query) }) as QueryResult<Row>,
    streamQuery: () => {
      throw new Error('rows are asked for in pages here')
    },
  }
  const never = async () => {
    throw new Error('nothing is written aside')
  }
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: never,
    commitTransaction: never,
    rollbackTransaction: never,
    releaseConnection: async () => {},
    destroy: async () => {},
  }
}
