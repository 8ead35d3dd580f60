// The whole server over real HTTP, in this process, on a store of its own; people and applications at hand.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { UserId } from '../../protocol/ids.ts'
import type { TokenPolicy } from '../../protocol/login-request.ts'
import { addApplication } from '../../server/applications/applications.ts'
import { type Environment, readConfig } from '../../server/config.ts'
import type { LogThreshold } from '../../server/config-values.ts'
import { addUser } from '../../server/directory/users.ts'
import { createEnrolment } from '../../server/enrolment/create.ts'
import { logger } from '../../server/log.ts'
import { type Running, serve } from '../../server/main.ts'
import type { Clouds } from '../../server/oidc/entra/clouds.ts'
import type { MostUnderWay } from '../../server/overload/rooms.ts'
import type { Lookup } from '../../server/push/endpoint.ts'
import type { Steps } from '../../server/store/migrate.ts'
import type { Clock } from './clock.ts'
import type { Engine } from './engines.ts'
import { freePort } from './free-port.ts'
import { modelDatabase, modelFile } from './model.ts'
import { createDatabase, dropDatabase } from './postgres.ts'
import { WireApplication } from './wire-application.ts'
import type { Wire } from './wire-call.ts'
import { WireDevice } from './wire-device.ts'

/** Where servers keep what outlives them; several may share it. */
export interface House extends AsyncDisposable {
  env: Environment
  remove(): Promise<void>
}

/** @param isEmpty not even opened once: for a release whose store is another one */
export async function newHouse(engine: Engine, { isEmpty = false } = {}): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-house-'))
  const database = () => (isEmpty ? createDatabase(inject('postgresUrl')) : modelDatabase())
  const databaseUrl = engine === 'postgres' ? await database() : undefined
  if (engine === 'sqlite' && !isEmpty) await modelFile(folder)
  const remove = async () => {
    if (databaseUrl) await dropDatabase(databaseUrl)
    await rm(folder, { recursive: true, force: true })
  }
  const env = { COUNTERSIGN_DATA: folder, COUNTERSIGN_DEMO: '0', HOST: '127.0.0.1', DATABASE_URL: databaseUrl }
  return { env, remove, [Symbol.asyncDispose]: remove }
}

export type ServerOptions = {
  env?: Environment
  clock?: Clock
  /** in the place of the system’s resolver */
  lookup?: Lookup
  logLevel?: LogThreshold
  /** in the place of Microsoft’s */
  clouds?: Clouds
  /** of each kind of work, how much may be under way at once */
  mostUnderWay?: Partial<MostUnderWay>
  /** another release: of this one's migrations those that it has, and its own */
  release?: (steps: Steps) => Steps
  /** shared with other servers, and left to whoever made it */
  house?: House
}

let people = 0

export class TestServer implements AsyncDisposable {
  readonly running: Running
  /** as applications reach it */
  readonly wire: Wire
  /** as devices reach it */
  readonly appWire: Wire
  /** what was logged */
  readonly lines: string[]
  readonly #clock: Clock | undefined
  readonly #after: () => Promise<void>
  #closed: Promise<void> | undefined

  constructor(running: Running, of: { port: number; lines: string[]; clock?: Clock; after: () => Promise<void> }) {
    this.running = running
    this.wire = { origin: running.parts.origins.public, port: of.port }
    this.appWire = { origin: running.parts.origins.app, port: of.port }
    this.lines = of.lines
    this.#clock = of.clock
    this.#after = of.after
  }

  get store() {
    return this.running.parts.store
  }

  now = (): number => this.#clock?.now() ?? Date.now()

  async application(name = 'Harbour'): Promise<WireApplication & { id: string }> {
    const { id, apiKey } = await addApplication(this.running.parts, { name })
    return Object.assign(new WireApplication(this.wire, apiKey), { id })
  }

  /** The same application, by way of another server. */
  applicationAt(server: TestServer, { apiKey }: WireApplication): WireApplication {
    return new WireApplication(server.wire, apiKey)
  }

  /** A user of a name that nobody else has. */
  async user(username = `alice-${++people}`): Promise<string> {
    await addUser(this.running.parts, { username })
    return username
  }

  async idOf(username: string): Promise<UserId> {
    const users = this.store.read.selectFrom('users').select('id').where('username', '=', username)
    return (await users.executeTakeFirstOrThrow()).id
  }

  /** An activation code. */
  async code(username: string, policy: Partial<TokenPolicy> = {}, expiresInMs?: number): Promise<string> {
    const user = await this.idOf(username)
    const expiry = expiresInMs === undefined ? {} : { expiresInMs }
    return (await createEnrolment(this.running.parts, { user, policy, ...expiry })).code
  }

  newDevice(): WireDevice {
    return new WireDevice(this.appWire, this.now)
  }

  /** An enrolled device. */
  async device(username: string, policy: Partial<TokenPolicy> = {}): Promise<WireDevice> {
    return this.newDevice().enrol(await this.code(username, policy))
  }

  close(): Promise<void> {
    this.#closed ??= this.running.close().then(this.#after)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

export async function startServer(engine: Engine, options: ServerOptions = {}): Promise<TestServer> {
  const house = options.house ?? (await newHouse(engine, { isEmpty: options.release !== undefined }))
  // Behind a name of its own a server does not tell its port, so it is told one.
  const port = Number(options.env?.PORT ?? (options.env?.COUNTERSIGN_URL ? await freePort() : 0))
  const config = readConfig({ ...house.env, PORT: String(port), ...options.env })
  const lines: string[] = []
  const log = logger(options.logLevel ?? 'warn', { write: (line) => lines.push(line) })
  const clock = options.clock ? { clock: options.clock } : {}
  const lookup = options.lookup ? { lookup: options.lookup } : {}
  const clouds = options.clouds ? { clouds: options.clouds } : {}
  const most = options.mostUnderWay ? { mostUnderWay: options.mostUnderWay } : {}
  const release = options.release ? { release: options.release } : {}
  const running = await serve(config, { log, ...clock, ...lookup, ...clouds, ...most, ...release })
  const after = options.house ? async () => {} : house.remove
  const listening = port || Number(new URL(running.origin).port)
  return new TestServer(running, { port: listening, lines, after, ...clock })
}

/** The settings of `COUNTERSIGN_LIMITS`. */
export function limits(changed: Record<string, { count?: number; seconds?: number }>): Environment {
  return { COUNTERSIGN_LIMITS: JSON.stringify(changed) }
}

/** For tests that are not about how many requests a person may get. */
export const GENEROUS = limits({ requestsPerUser: { count: 100_000 }, pendingPerUser: { count: 1000 } })

/** For operators whose tests come from one address, and one after the other. */
export const MANY_SIGN_INS = limits({ signInsPerAddress: { count: 10_000 }, enrolmentOpens: { count: 10_000 } })
