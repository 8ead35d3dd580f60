// A server under measurement with a push service beside it, each in a process of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Amounts } from '../seed/seed.ts'
import { freePort } from '../support/free-port.ts'
import { LoginLoad } from './logins.ts'
import type { Outcomes } from './outcomes.ts'
import type { Doors, Kind, Person } from './people.ts'
import { type Child, processorSeconds, start } from './processes.ts'
import type { FromPush, ToPush } from './push-main.ts'
import type { FromServer, ToServer } from './server-main.ts'

/**
 * The bench asks for more than any person would, all of it from one address: that is counted over a moment, in which lie as
 * few rows as a person has in a minute.
 */
const LIMITS = {
  requestsPerUser: { count: 1_000_000, seconds: 1 },
  pendingPerUser: { count: 1_000_000 },
  requestLifetime: { seconds: 600 },
  signInsPerAddress: { count: 1_000_000, seconds: 0.01 },
  radiusPerClient: { count: 1_000_000, seconds: 1 },
  authorizationsPerAddress: { count: 1_000_000, seconds: 1 },
  oidcCallsPerAddress: { count: 1_000_000, seconds: 1 },
}

export class House {
  readonly origin: string
  readonly apiKey: string
  readonly #server: Child<ToServer, FromServer>
  readonly #push: Child<ToPush, FromPush>
  readonly #vapidKey: string
  readonly #env: Env
  readonly #isOurs: boolean

  private constructor(parts: {
    server: Child<ToServer, FromServer>
    push: Child<ToPush, FromPush>
    ready: Ready
    env: Env
    isOurs: boolean
  }) {
    this.#server = parts.server
    this.#push = parts.push
    this.#env = parts.env
    this.#isOurs = parts.isOurs
    this.origin = parts.ready.ready
    this.apiKey = parts.ready.apiKey
    this.#vapidKey = parts.ready.vapidKey
  }

  /** @param store absent: a new one on SQLite; a `folder` that is given is kept */
  static async open({
    databaseUrl,
    folder,
    radius = false,
  }: {
    databaseUrl?: string | undefined
    folder?: string | undefined
    radius?: boolean
  } = {}): Promise<House> {
    const push = start<ToPush, FromPush>('push-main.ts')
    const { origin, caPath } = (await push.next()) as { origin: string; caPath: string }
    const env = {
      PORT: '0',
      COUNTERSIGN_DATA: folder ?? mkdtempSync(join(tmpdir(), 'countersign-bench-')),
      COUNTERSIGN_DEMO: '0',
      COUNTERSIGN_PUSH_ORIGINS: origin,
      COUNTERSIGN_LIMITS: JSON.stringify(LIMITS),
      NODE_EXTRA_CA_CERTS: caPath,
      DATABASE_URL: databaseUrl ?? '',
      COUNTERSIGN_RADIUS: radius ? 'udp://127.0.0.1:0' : '',
    }
    const server = startServer(env)
    return new House({ server, push, ready: (await server.next()) as Ready, env, isOurs: folder === undefined })
  }

  /** A second process on the same PostgreSQL, behind the same public origin. */
  async another(): Promise<Beside> {
    const port = String(await freePort())
    const server = startServer({ ...this.#env, PORT: port, HOST: '127.0.0.1', COUNTERSIGN_URL: this.origin })
    await server.next()
    return {
      address: `http://127.0.0.1:${port}`,
      used: () => processorSeconds(server.pid),
      close: async () => {
        server.send({ do: 'stop' })
        await server.ended
      },
    }
  }

  async people(count: number, kind: Kind = { numbers: true }): Promise<Person[]> {
    this.#push.send({ subscribe: count, vapidKey: this.#vapidKey })
    const { subscriptions } = (await this.#push.next()) as Extract<FromPush, { subscriptions: unknown }>
    this.#server.send({ do: 'people', count, subscriptions, kind })
    return ((await this.#server.next()) as { people: Person[] }).people
  }

  /** @param addresses of the processes that are asked in turn; absent: this one */
  load(people: readonly Person[], connections: number, addresses?: readonly string[]): LoginLoad {
    const load = new LoginLoad(this.origin, this.apiKey, people, connections, addresses)
    this.onPush((plaintext) => load.push(plaintext))
    return load
  }

  /** @param listener hears of each push that a device of this house gets */
  onPush(listener: (plaintext: string) => void): void {
    this.#push.onMessage((message) => {
      if ('pushes' in message) for (const plaintext of message.pushes) listener(plaintext)
    })
  }

  /** A gateway’s and a web site’s ways in. */
  async doors(): Promise<Doors> {
    this.#server.send({ do: 'doors' })
    return ((await this.#server.next()) as { doors: Doors }).doors
  }

  async crowd(count: number): Promise<void> {
    this.#server.send({ do: 'crowd', count })
    await this.#server.next()
  }

  /** As years of use would leave it. */
  async seed(amounts: Amounts): Promise<void> {
    this.#server.send({ do: 'seed', amounts })
    await this.#server.next()
  }

  /** An owner's API token. */
  async token(): Promise<string> {
    this.#server.send({ do: 'token' })
    return ((await this.#server.next()) as { token: string }).token
  }

  /** Resident bytes after a collection. */
  async memory(): Promise<number> {
    this.#server.send({ do: 'memory' })
    return ((await this.#server.next()) as { memory: number }).memory
  }

  async outcomes(): Promise<Outcomes> {
    this.#server.send({ do: 'outcomes' })
    return ((await this.#server.next()) as { outcomes: Outcomes }).outcomes
  }

  /** Where the server's time goes while `work` runs: the JSON of a CPU profile. */
  async profiled(work: () => Promise<void>): Promise<string> {
    this.#server.send({ do: 'profile' })
    await this.#server.next()
    await work()
    this.#server.send({ do: 'profiled' })
    return ((await this.#server.next()) as { profile: string }).profile
  }

  /** Seconds of processor time that the server itself has used. */
  used(): number {
    return processorSeconds(this.#server.pid)
  }

  async close(): Promise<void> {
    const ended = this.#server.ended
    this.#server.send({ do: 'stop' })
    await ended
    this.#push.stop()
    if (this.#isOurs) rmSync(this.#env.COUNTERSIGN_DATA, { recursive: true, force: true })
  }
}

type Env = Record<string, string> & { COUNTERSIGN_DATA: string }
type Beside = { address: string; used(): number; close(): Promise<void> }

const startServer = (env: Env) => start<ToServer, FromServer>('server-main.ts', env, ['--expose-gc'])

type Ready = Extract<FromServer, { ready: string }>
