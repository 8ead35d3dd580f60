// An installation to do harm to: the real program in a process of its own, on a store that outlives it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Environment, readConfig } from '../../server/config.ts'
import { logger } from '../../server/log.ts'
import { serve } from '../../server/main.ts'
import { addBenchApplication, addPeople, type Person } from '../bench/people.ts'
import { freePort } from '../support/free-port.ts'
import { type PushService, startPushService } from '../support/push-service.ts'
import type { SubscriptionJson } from '../support/push-subscriptions.ts'
import type { Wire } from '../support/wire-call.ts'
import type { Kept } from './checker.ts'
import { keptIn } from './kept.ts'

const PROGRAM = join(import.meta.dirname, '../../server/cli/countersign.js')

/** The suite asks for more than any person would. */
const LIMITS = {
  requestsPerUser: { count: 1_000_000, seconds: 1 },
  pendingPerUser: { count: 1_000_000 },
  requestLifetime: { seconds: 600 },
  refusalsInARow: { count: 1_000_000 },
  unansweredInARow: { count: 1_000_000 },
}

type Options = {
  /** SQLite where absent */
  databaseUrl?: string | undefined
  /** a new one where absent; it is emptied in the end */
  folder?: string | undefined
  people?: number
  /** how many of them have phones that take pushes; all where absent */
  subscribed?: number
  /** of a person's phone, in the place of the suite's own push service */
  pushOrigin?: (index: number) => string | undefined
  env?: Environment
}

type Amounts = { people: number; subscribed: number; pushOrigin: Options['pushOrigin'] }

export class Installation implements AsyncDisposable {
  readonly engine: 'sqlite' | 'postgres'
  readonly wire: Wire
  readonly env: Environment
  readonly push: PushService
  apiKey = ''
  people: Person[] = []
  /** of their phones */
  subscriptions: SubscriptionJson[] = []
  /** lines that the server logged, of all its processes */
  readonly log: string[] = []
  #child: ChildProcess | undefined

  private constructor(port: number, env: Environment, push: PushService) {
    this.engine = env.DATABASE_URL ? 'postgres' : 'sqlite'
    this.wire = { origin: `http://localhost:${port}`, port }
    this.env = env
    this.push = push
  }

  static async open({
    databaseUrl,
    folder,
    people = 20,
    subscribed = people,
    pushOrigin,
    env = {},
  }: Options = {}): Promise<Installation> {
    const push = await startPushService()
    const port = await freePort()
    const data = folder ?? mkdtempSync(join(tmpdir(), 'countersign-faults-'))
    mkdirSync(data, { recursive: true })
    const made = new Installation(
      port,
      {
        PORT: String(port),
        HOST: '127.0.0.1',
        COUNTERSIGN_URL: `http://localhost:${port}`,
        COUNTERSIGN_DATA: data,
        COUNTERSIGN_DEMO: '0',
        COUNTERSIGN_PUSH_ORIGINS: [push.origin, pushOrigin?.(0) ?? ''].join(' '),
        COUNTERSIGN_LIMITS: JSON.stringify(LIMITS),
        COUNTERSIGN_LOG_LEVEL: 'warn',
        NODE_EXTRA_CA_CERTS: push.caPath,
        DATABASE_URL: databaseUrl ?? '',
        ...env,
      },
      push,
    )
    await made.#prepare({ people, subscribed, pushOrigin })
    return made
  }

  get folder(): string {
    return String(this.env.COUNTERSIGN_DATA)
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** In this process, before there is a server: people with devices that the suite plays, and an application. */
  async #prepare({ people, subscribed, pushOrigin }: Amounts): Promise<void> {
    const { parts, close } = await serve(readConfig({ ...this.env, PORT: '0' }), { log: logger('silent') })
    try {
      this.apiKey = await addBenchApplication(parts)
      this.subscriptions = Array.from({ length: subscribed }, (_, index) => {
        const made = this.push.createSubscription({ applicationServerKey: parts.vapid.publicKey })
        const origin = pushOrigin?.(index)
        return origin ? { ...made, endpoint: origin + new URL(made.endpoint).pathname } : made
      })
      this.people = await addPeople(parts, people, this.subscriptions, { prefix: 'person', numbers: true })
    } finally {
      await close()
    }
  }

  /**
   * Resolves when it is ready. @param env for this process alone @param files that it may have open, where not as usual
   * @throws with what it said where it ends before
   */
  async start(env: Environment = {}, files?: number): Promise<void> {
    const bounded = files === undefined ? [] : ['prlimit', `--nofile=${files}`]
    const [program = '', ...args] = [...bounded, process.execPath, PROGRAM, 'start']
    const child = spawn(program, args, {
      env: { PATH: process.env.PATH, ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk
    })
    createInterface({ input: child.stderr }).on('line', (line) => this.log.push(line))
    const ready = Promise.withResolvers<void>()
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('ready ')) ready.resolve()
      else this.log.push(line)
    })
    child.once('exit', (code) => ready.reject(new Error(`the server ended with ${code}: ${said}`)))
    await ready.promise
  }

  /** As a program that crashes: nothing is said, nothing is finished. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** As an operator does. @returns its exit code */
  async stop(): Promise<number | null> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    return code as number | null
  }

  /** What is in the store; the server must have ended. */
  kept(): Promise<Kept> {
    return keptIn(this.env)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await this.push.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
