// People who sign in again and again, whatever happens to the server: each asks until it is answered, as browsers,
// phones and applications do, and all that is heard goes into a history.
import { setTimeout as sleep } from 'node:timers/promises'
import type { PushDocument } from '../../protocol/push-message.ts'
import { WireDevice, type WireShown } from '../support/wire-device.ts'
import { Asking, type Reply } from './asking.ts'
import { History } from './history.ts'
import type { Installation } from './installation.ts'

/** Of ten logins one is denied. */
const DENIED_OF = 10
/** Phones whose push does not come look by themselves, as the app does when it is opened. */
const LOOK_AFTER_MS = 1500
const MOST_CORRECTIONS = 5
const REQUESTS = '/api/v1/login-requests'

type Created = { id: string; state: string; version: number; number: string | null; secret?: string }
type Seen = { state: string; version: number; passcode?: string }

export class PeopleSigningIn {
  readonly history = new History()
  readonly asking: Asking
  /** logins carried to their end */
  done = 0
  readonly #installation: Installation
  readonly #devices: WireDevice[]
  readonly #pushed = new Map<string, WireShown>()
  readonly #waiting = new Map<string, (shown: WireShown) => void>()
  readonly #watchers = new Set<() => void>()
  readonly #prefix: string
  #count = 0
  #isOver = false
  /** how far the server's clock is ahead, as far as phones know: milliseconds */
  #ahead = 0
  #lanes: Promise<void>[] = []

  /** @param patienceMs how long one of them goes on asking before it gives up */
  constructor(installation: Installation, { patienceMs = 120_000, name = 'login' } = {}) {
    this.#installation = installation
    this.#prefix = name
    this.asking = new Asking(installation.wire, patienceMs)
    // Who has no phone does not sign in.
    this.#devices = installation.people.slice(0, installation.subscriptions.length).map((person) => {
      const device = new WireDevice(installation.wire, () => Date.now() + this.#ahead, person.signingKey)
      device.id = person.device
      const ocra = Buffer.from(person.ocraKey, 'base64url')
      device.tokens.push({ id: person.token, totp: ocra, ocra, otp: { digits: 6, period: 30 } })
      return device
    })
    installation.push.onMessage(({ plaintext }) => this.#arrived(plaintext))
  }

  /** @param lanes how many sign in at once */
  start(lanes: number): void {
    this.#lanes = Array.from({ length: lanes }, async () => {
      while (!this.#isOver) await this.#login(`${this.#prefix}-${++this.#count}`)
    })
  }

  /** Resolves when so many more have signed in. */
  async more(count: number): Promise<void> {
    const goal = this.done + count
    while (this.done < goal) await new Promise<void>((resolve) => this.#watchers.add(resolve))
  }

  /** Lets everybody come to an end. */
  async finish(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#lanes)
    await this.asking.close()
  }

  #arrived(plaintext: string | null): void {
    const { countersign } = JSON.parse(plaintext ?? '{}') as PushDocument
    if (countersign?.kind !== 'login-request') return
    const shown = countersign.request as unknown as WireShown
    this.#pushed.set(shown.id, shown)
    this.#waiting.get(shown.id)?.(shown)
  }

  async #login(login: string): Promise<void> {
    const person = this.#count % this.#devices.length
    const device = this.#devices[person] as WireDevice
    const created = await this.#create(login, this.#installation.people[person]?.username ?? '')
    if (created?.secret === undefined) return
    const shown = await this.#shown(device, created.id)
    if (!shown) return
    const verdict = this.#count % DENIED_OF === 0 ? 'deny' : 'approve'
    await this.#decide(login, device, shown, { verdict, number: created.number })
    const passcode = await this.#page(login, created.id, created.secret)
    if (passcode !== undefined) await this.#redeem(login, created.id, { secret: created.secret, passcode })
    this.done += 1
    for (const tell of this.#watchers) tell()
    this.#watchers.clear()
  }

  async #create(login: string, username: string): Promise<Created | undefined> {
    const hear = this.history.begin('create', login, null)
    const reply = await this.asking.until('POST', REQUESTS, {
      headers: { ...this.#key(), 'idempotency-key': login },
      body: JSON.stringify({ username }),
    })
    if (reply?.status !== 201) {
      hear({ said: reply ? 'no' : 'unknown' })
      return undefined
    }
    const created = reply.body as Created
    hear({ said: 'yes', request: created.id, state: created.state, version: created.version })
    return created
  }

  #shown(device: WireDevice, id: string): Promise<WireShown | undefined> {
    const pushed = this.#pushed.get(id)
    if (pushed) return Promise.resolve(pushed)
    const path = `/device/v1/requests/${id}`
    const given = Promise.withResolvers<WireShown | undefined>()
    this.#waiting.set(id, given.resolve)
    const look = async () => {
      await sleep(LOOK_AFTER_MS)
      if (!this.#waiting.has(id)) return
      // A proof is good for one call only.
      const ask = () => this.asking.until('GET', path, () => ({ headers: { dpop: device.proof('GET', path) } }))
      const first = await ask()
      const reply = this.#setsClock(first) ? await ask() : first
      given.resolve(reply?.status === 200 ? (reply.body as WireShown) : undefined)
    }
    look().catch(given.reject)
    return given.promise.finally(() => this.#waiting.delete(id))
  }

  async #decide(
    login: string,
    device: WireDevice,
    shown: WireShown,
    { verdict, number }: { verdict: 'approve' | 'deny'; number: string | null },
  ): Promise<void> {
    const hear = this.history.begin(verdict, login, shown.id)
    const headers = { 'content-type': 'application/jose' }
    for (let time = 0; ; time++) {
      // Signed once: however often it is sent, it is one decision.
      const body = device.signed(device.statement(shown, verdict, number))
      const reply = await this.asking.until('POST', '/device/v1/decisions', { headers, body })
      if (time < MOST_CORRECTIONS && this.#setsClock(reply)) continue
      return hear({ said: reply?.status === 200 ? 'yes' : reply ? 'no' : 'unknown' })
    }
  }

  /** As the app does where the server says that its clock differs. */
  #setsClock(reply: Reply | undefined): boolean {
    const { serverTime } = (reply?.body ?? {}) as { serverTime?: string }
    if (reply?.status !== 401 || serverTime === undefined) return false
    this.#ahead = Date.parse(serverTime) - Date.now()
    return true
  }

  /** @returns the passcode of an approval */
  async #page(login: string, id: string, secret: string): Promise<string | undefined> {
    for (;;) {
      const hear = this.history.begin('read', login, id)
      const headers = { ...this.#key(), 'x-request-secret': secret }
      const reply = await this.asking.until('GET', `${REQUESTS}/${id}?wait=2`, { headers })
      if (reply?.status !== 200) return void hear({ said: reply ? 'no' : 'unknown' })
      const { state, version, passcode } = reply.body as Seen
      hear({ said: 'yes', state, version })
      if (state !== 'pending') return passcode
    }
  }

  async #redeem(login: string, id: string, given: { secret: string; passcode: string }): Promise<void> {
    const hear = this.history.begin('redeem', login, id)
    const sent = { headers: this.#key(), body: JSON.stringify(given) }
    const reply = await this.asking.until('POST', `${REQUESTS}/${id}/redeem`, sent)
    const isOurs = reply?.status === 200
    // After an answer that was lost, the second try is told that it was done: by the first one, but nobody said so.
    hear({ said: isOurs ? 'yes' : isUnclear(reply) ? 'unknown' : 'no' })
  }

  #key() {
    return { authorization: `Bearer ${this.#installation.apiKey}`, 'content-type': 'application/json' }
  }
}

const isUnclear = (reply: Reply | undefined) => reply === undefined || reply.status === 409 || reply.status === 410
