// Transactions on PostgreSQL that ask for everything before they are answered anything: each leaves whole, with its
// notices and its commit, and those of one turn of the event loop leave in one packet.
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely'
import type pg from 'pg'
import { type Answer, carried, type Statement } from './bundle.ts'
import { runsDirectly } from './prepared.ts'
import type { Db, Schema } from './schema.ts'
import { type Asked, type Shared, SharedConnections } from './shared-connections.ts'
import { together } from './together.ts'

/** Each of them waits for the disk by itself. */
const CONNECTIONS = 4

export class AtOnce {
  readonly #connections: SharedConnections
  readonly #idle: Gathering[] = []
  readonly #underWay = new Set<Promise<unknown>>()
  #turn: Promise<Shared> | undefined

  constructor(url: string, types: pg.CustomTypesConfig, withinMs: number) {
    this.#connections = new SharedConnections(url, { types, most: CONNECTIONS, withinMs })
  }

  /**
   * @param ask everything that it asks for, in this turn @param last asked for after that
   * @throws {Overtaken}
   */
  async write<Asks extends readonly unknown[] | []>(ask: (tx: Db) => Asks, last: () => Statement[]) {
    const gathering = this.#idle.pop() ?? new Gathering()
    const asks = ask(gathering.begin())
    const faults: unknown[] = []
    for (const each of asks) Promise.resolve(each).catch((fault) => faults.push(fault))
    const done = together(asks)
    this.#underWay.add(done)
    done.catch(() => {}).finally(() => this.#underWay.delete(done))
    const shared = this.#end()
    try {
      await shared
    } catch (error) {
      faults.push(error)
    }
    const asked = gathering.end()
    if (faults.length > 0) for (const { reject } of asked) reject(faults[0])
    else await this.#send(await shared, asked, last())
    const result = await done
    this.#idle.push(gathering)
    return result
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await this.#connections.close()
  }

  /** The connection of this turn, at its end. */
  #end(): Promise<Shared> {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = undefined
        resolve(this.#connections.next())
      })
    })
    return this.#turn
  }

  async #send(shared: Shared, asked: readonly Asked[], last: readonly Statement[]): Promise<void> {
    try {
      await this.#connections.answer(shared, asked, last)
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }
}

/** What one transaction asks for. */
class Gathering {
  readonly #db: Db
  #asked: Asked[] | undefined

  constructor() {
    const query = async (sql: string, parameters: readonly unknown[]) => {
      const { rows, numAffectedRows } = await this.#ask({ sql, parameters: carried(parameters) })
      return { rows, rowCount: Number(numAffectedRows), command: commandOf(sql) }
    }
    const client = { query, release: () => {} } as unknown as PostgresPoolClient
    const pool = { connect: async () => client, end: async () => {} }
    this.#db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
    runsDirectly(this.#db, (sql, parameters, isDecisive) =>
      this.#ask({ sql, parameters: carried(parameters), isDecisive }),
    )
  }

  begin(): Db {
    this.#asked = []
    return this.#db
  }

  end(): readonly Asked[] {
    const asked = this.#asked ?? []
    this.#asked = undefined
    return asked
  }

  #ask(statement: Statement): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!this.#asked) throw new Error(`asked when its transaction had left: ${statement.sql}`)
      this.#asked.push({ statement, resolve, reject })
    })
  }
}

/** What the builder knows counts by. */
const commandOf = (sql: string) => sql.slice(0, sql.indexOf(' ')).toUpperCase()
