// Whole logins, many at once: create → push → decide → the waiting page is told → redeem.
import { Pool } from 'undici'
import type { LoginRequestView, Redeemed } from '../../protocol/application-answers.ts'
import type { PushDocument } from '../../protocol/push-message.ts'
import { BenchDevice } from './device.ts'
import type { Person } from './people.ts'

/** Milliseconds: until the answer, and for `told` from the decision until the waiting page has the passcode. */
export type Latencies = { create: number[]; decide: number[]; told: number[]; redeem: number[] }
type Created = LoginRequestView & { secret: string; number: string | null }
const APPROVED = JSON.stringify({ state: 'approved', reason: null })
type Shown = Extract<PushDocument['countersign'], { kind: 'login-request' }>['request']

export class LoginLoad {
  latencies: Latencies = { create: [], decide: [], told: [], redeem: [] }
  readonly #pools: readonly Pool[]
  #asked = 0
  readonly #headers: Record<string, string>
  readonly #devices: Map<string, BenchDevice>
  readonly #people: readonly Person[]
  readonly #pushed = new Map<string, (shown: Shown) => void>()
  readonly #early = new Map<string, Shown>()
  #next = 0
  #done = 0

  /** @param addresses where calls go in turn, if not to the origin itself */
  constructor(
    origin: string,
    apiKey: string,
    people: readonly Person[],
    connections: number,
    addresses: readonly string[] = [origin],
  ) {
    this.#pools = addresses.map((address) => new Pool(address, { connections: connections * 2, pipelining: 1 }))
    this.#headers = {
      host: new URL(origin).host,
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
    }
    this.#people = people
    this.#devices = new Map(people.map((person) => [person.username, new BenchDevice(person)]))
  }

  push(plaintext: string): void {
    const { countersign } = JSON.parse(plaintext) as PushDocument
    if (countersign.kind !== 'login-request') return
    const waiting = this.#pushed.get(countersign.request.id)
    if (waiting) waiting(countersign.request)
    else this.#early.set(countersign.request.id, countersign.request)
  }

  /** How many logins were carried to their end. */
  get done(): number {
    return this.#done
  }

  /** @param at logins under way at once */
  async run(at: number, total: number): Promise<void> {
    let left = total
    const lane = async () => {
      while (left-- > 0) await this.login()
    }
    await Promise.all(Array.from({ length: at }, lane))
  }

  /** What was measured so far. */
  forget(): void {
    this.latencies = { create: [], decide: [], told: [], redeem: [] }
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()))
  }

  get #pool(): Pool {
    return this.#pools[this.#asked++ % this.#pools.length] as Pool
  }

  /** One, from its beginning to its end. */
  async login(): Promise<void> {
    const person = this.#people[this.#next++ % this.#people.length] as Person
    const created = await this.#timed('create', () =>
      this.#call<Created>('POST', '/api/v1/login-requests', 201, {
        username: person.username,
        context: {
          ip: '203.0.113.7',
          userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
        },
      }),
    )
    const page = this.#waitingPage(created)
    const shown = await this.#arrival(created.id)
    // A person takes seconds; the push has long been accepted by then, and the page says so.
    await page.sent
    const device = this.#devices.get(person.username) as BenchDevice
    const decided = await this.#timed('decide', () =>
      this.#decide(device.approve(this.#origin(), shown, created.number)),
    )
    const { passcode, at } = await page.approved
    this.latencies.told.push(at - decided)
    const { username } = await this.#timed('redeem', () =>
      this.#call<Redeemed>('POST', `/api/v1/login-requests/${created.id}/redeem`, 200, {
        secret: created.secret,
        passcode,
      }),
    )
    if (username !== person.username) throw new Error(`${person.username} was signed in as ${username}`)
    this.#done += 1
  }

  #origin(): string {
    return `http://${this.#headers.host}`
  }

  #arrival(id: string): Promise<Shown> {
    const early = this.#early.get(id)
    if (early) {
      this.#early.delete(id)
      return Promise.resolve(early)
    }
    return new Promise((resolve) => {
      this.#pushed.set(id, (shown) => {
        this.#pushed.delete(id)
        resolve(shown)
      })
    })
  }

  /** Reads the stream as a waiting page does, up to the passcode. */
  #waitingPage(created: Created): { sent: Promise<void>; approved: Promise<{ passcode: string; at: number }> } {
    const sent = Promise.withResolvers<void>()
    const approved = this.#read(created, sent.resolve)
    approved.catch(sent.reject)
    return { sent: sent.promise, approved }
  }

  async #read({ id, secret }: Created, onSent: () => void): Promise<{ passcode: string; at: number }> {
    const headers = { ...this.#headers, 'x-request-secret': secret }
    const { body } = await this.#pool.request({ method: 'GET', path: `/api/v1/login-requests/${id}/events`, headers })
    let text = ''
    for await (const chunk of body) {
      text += chunk
      if (text.includes('"delivery":"sent"')) onSent()
      const passcode = /"passcode":"(\d+)"/.exec(text)?.[1]
      if (passcode !== undefined) return { passcode, at: performance.now() }
    }
    throw new Error(`the stream of ${id} ended without a passcode: ${text}`)
  }

  async #decide(jws: string): Promise<number> {
    const at = performance.now()
    const { statusCode, body } = await this.#pool.request({
      method: 'POST',
      path: '/device/v1/decisions',
      headers: { host: this.#headers.host ?? '', 'content-type': 'application/jose' },
      body: jws,
    })
    const text = await body.text()
    if (statusCode !== 200 || text !== APPROVED) throw new Error(`decision: ${statusCode} ${text}`)
    return at
  }

  async #timed<T>(step: keyof Latencies, work: () => Promise<T>): Promise<T> {
    const before = performance.now()
    const result = await work()
    this.latencies[step].push(performance.now() - before)
    return result
  }

  async #call<T>(method: 'POST', path: string, expected: number, payload: object): Promise<T> {
    const { statusCode, body } = await this.#pool.request({
      method,
      path,
      headers: this.#headers,
      body: JSON.stringify(payload),
    })
    const text = await body.text()
    if (statusCode !== expected) throw new Error(`${path}: ${statusCode} ${text}`)
    return JSON.parse(text) as T
  }
}
