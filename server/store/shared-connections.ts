// A few connections to PostgreSQL that everybody shares: none waits for the answer to what was asked before it.
import pg from 'pg'
import { type Answer, KnownStatements, run, type Statement } from './bundle.ts'

/** A statement, and whoever waits for its answer. */
export type Asked = { statement: Statement; resolve: (answer: Answer) => void; reject: (error: unknown) => void }

export type Shared = { client: pg.Client; known: KnownStatements; slot: number }

export class SharedConnections {
  readonly #config: pg.ClientConfig
  readonly #types: pg.CustomTypesConfig
  readonly #slots: (Promise<Shared> | undefined)[] = []
  /** of each, what has no answer yet */
  readonly #underWay: number[]
  #next = 0

  /** @param withinMs what has no answer by then is on a connection that is none any more */
  constructor(connectionString: string, { types, most, withinMs }: SharedOptions) {
    this.#config = {
      connectionString,
      pipeline: true,
      query_timeout: withinMs,
      connectionTimeoutMillis: withinMs,
    }
    this.#types = types
    this.#underWay = Array(most).fill(0)
  }

  /** They take turns, but none where more is under way: who waits for a row that somebody holds must not keep the others. */
  next(): Promise<Shared> {
    const turns = this.#underWay.map((_, turn) => (this.#next + turn) % this.#underWay.length)
    const slot = turns.reduce((least, other) => (this.#busy(other) < this.#busy(least) ? other : least))
    this.#next = slot + 1
    this.#slots[slot] ??= this.#connect(slot)
    return this.#slots[slot]
  }

  /**
   * Answers whoever asked, where all of it was done; otherwise nobody. @param last done with it, and answered to nobody
   * @throws {Overtaken} a decisive statement changed nothing
   */
  async answer(
    { client, known, slot }: Shared,
    asked: readonly Asked[],
    last: readonly Statement[] = [],
  ): Promise<void> {
    this.#underWay[slot] = this.#busy(slot) + 1
    try {
      const answers = await run(client, [...asked.map(({ statement }) => statement), ...last], known)
      for (const [i, { resolve }] of asked.entries()) resolve(answers[i] as Answer)
    } finally {
      this.#underWay[slot] = this.#busy(slot) - 1
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map(async (shared) => (await shared?.catch(() => undefined))?.client.end()))
  }

  #busy(slot: number): number {
    return this.#underWay[slot] ?? 0
  }

  /** A connection that is lost, or that could not be made, is replaced when it is its turn again. */
  #connect(slot: number): Promise<Shared> {
    const client = new pg.Client(this.#config)
    const connected = client.connect().then(() => ({ client, known: new KnownStatements(this.#types), slot }))
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
