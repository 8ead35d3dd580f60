// Reads of the hot road on PostgreSQL: all that are asked in one turn of the event loop leave in one packet. Alone, each
// would cost a system call, and a turn of the pool that takes longer than the call.
import pg from 'pg'
import { type Answer, carried } from './bundle.ts'
import { type Asked, SharedConnections } from './shared-connections.ts'

const CONNECTIONS = 2
/** All of them are read by a key: what has no answer by then is on a connection that is none any more. */
const ANSWERED_WITHIN_MS = 10_000

export class SharedReads {
  readonly #connections: SharedConnections
  #asked: Asked[] = []

  constructor(url: string, types: pg.CustomTypesConfig = pg.types, withinMs = ANSWERED_WITHIN_MS) {
    this.#connections = new SharedConnections(url, { types, most: CONNECTIONS, withinMs })
  }

  query(sql: string, parameters: readonly unknown[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const statement = { sql, parameters: carried(parameters) }
      if (this.#asked.length === 0) setImmediate(() => void this.#leave())
      this.#asked.push({ statement, resolve, reject })
    })
  }

  close(): Promise<void> {
    return this.#connections.close()
  }

  async #leave(): Promise<void> {
    const asked = this.#asked
    this.#asked = []
    await this.#ask(asked).catch(async (error: unknown) => {
      // One that fails takes the others of its packet along: nobody but itself is to feel that. One after another, for
      // who asks for a version first relies on that.
      const isSaid = error instanceof pg.DatabaseError && asked.length > 1
      for (const each of asked)
        if (isSaid) await this.#ask([each]).catch(each.reject)
        else each.reject(error)
    })
  }

  async #ask(asked: readonly Asked[]): Promise<void> {
    await this.#connections.answer(await this.#connections.next(), asked)
  }
}
