// Reads of the hot road on PostgreSQL share few connections: none waits for the answer to the one before it, and all
// that are asked in one turn of the event loop leave in one packet. Alone, each would cost a system call, and a turn
// of the pool that takes longer than the call.
import pg from 'pg'
import { TurnSocket } from './turn-socket.ts'

const CONNECTIONS = 2
/** All of them are read by a key: what has no answer by then is on a connection that is none any more. */
const ANSWERED_WITHIN_MS = 10_000

export class SharedReads {
  readonly #config: pg.ClientConfig
  readonly #withinMs: number
  readonly #clients: (Promise<pg.Client> | undefined)[] = []
  #next = 0

  constructor(config: pg.ClientConfig, withinMs = ANSWERED_WITHIN_MS) {
    this.#config = config
    this.#withinMs = withinMs
  }

  async query(sql: string, parameters: readonly unknown[]): Promise<pg.QueryResult> {
    const slot = this.#next++ % CONNECTIONS
    this.#clients[slot] ??= this.#connect(slot)
    return (await this.#clients[slot]).query(sql, [...parameters])
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map(async (client) => (await client?.catch(() => undefined))?.end()))
  }

  /** A connection that is lost, or that could not be made, is replaced at the next read. */
  #connect(slot: number): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.#config,
      ...{ pipeline: true, stream: () => new TurnSocket(), query_timeout: this.#withinMs },
    })
    const connected = client.connect().then(() => client)
    // Only itself: it tells of its end twice, and by the second time another may be in its place.
    const forget = () => {
      if (this.#clients[slot] === connected) this.#clients[slot] = undefined
    }
    client.on('error', forget)
    client.on('end', forget)
    connected.catch(forget)
    return connected
  }
}
