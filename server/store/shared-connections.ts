// A few connections to PostgreSQL that everybody shares: none waits for the answer to what was asked before it.
import pg from 'pg'
import { KnownStatements } from './bundle.ts'

export type Shared = { client: pg.Client; known: KnownStatements }

export class SharedConnections {
  readonly #config: pg.ClientConfig
  readonly #types: pg.CustomTypesConfig
  readonly #slots: (Promise<Shared> | undefined)[] = []
  readonly #most: number
  #next = 0

  /** @param withinMs what has no answer by then is on a connection that is none any more */
  constructor(connectionString: string, { types, most, withinMs }: SharedOptions) {
    this.#config = {
      connectionString,
      ...{ pipeline: true, query_timeout: withinMs, connectionTimeoutMillis: withinMs },
    }
    this.#types = types
    this.#most = most
  }

  /** They take turns. */
  next(): Promise<Shared> {
    const slot = this.#next++ % this.#most
    this.#slots[slot] ??= this.#connect(slot)
    return this.#slots[slot]
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map(async (shared) => (await shared?.catch(() => undefined))?.client.end()))
  }

  /** A connection that is lost, or that could not be made, is replaced when it is its turn again. */
  #connect(slot: number): Promise<Shared> {
    const client = new pg.Client(this.#config)
    const connected = client.connect().then(() => ({ client, known: new KnownStatements(this.#types) }))
    // Only itself: it tells of its end twice, and by the second time another may be in its place.
    const forget = () => {
      if (this.#slots[slot] === connected) this.#slots[slot] = undefined
    }
    client.on('error', forget)
    client.on('end', forget)
    connected.catch(forget)
    return connected
  }
}

export type SharedOptions = { types: pg.CustomTypesConfig; most: number; withinMs: number }
