// The authenticator in a state that a test asks for: its store is arranged, and what the server would say to it is said
// by the test. Everything else is real: the server's page, the worker, the keys.
import { expect, type Page, type Route } from '@playwright/test'
import type { DeviceRequest, DeviceToken, HistoryEntry } from '../../../protocol/device-api.ts'
import { newId, type RequestId, type TokenId } from '../../../protocol/ids.ts'
import { Problem, type ProblemSlug } from '../../../protocol/problems.ts'
import type { Phone } from '../phone.ts'
import { arrangeStore, type Kept, type Shown } from './device-store.ts'
import { random, someToken } from './sayings.ts'

export type Answer =
  | { refuse: ProblemSlug; members?: Record<string, unknown> }
  | { json: unknown }
  /** Nobody answers: at once, or never. */
  | 'unreachable'
  | 'silence'

export class Handset {
  readonly page: Page
  readonly tokenId: TokenId = newId('tok', random)
  tokens: Shown[]
  preferences: Kept['preferences'] = { hideCodes: false, appearance: 'system' }
  rows: NonNullable<Kept['rows']> = []
  requests: DeviceRequest[] = []
  history: HistoryEntry[] = []
  organisation = 'Harbour'
  /** By method and path below /device/v1, instead of what is said otherwise. */
  readonly answers: Record<string, Answer> = {}
  readonly #origin: string
  readonly #called = new Set<string>()
  #vapidKey = ''
  #ahead = 0

  static async on(phone: Phone): Promise<Handset> {
    const page = await phone.browser.context.newPage()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.clock.install()
    return new Handset(page, phone.origin)
  }

  constructor(page: Page, origin: string) {
    this.page = page
    this.#origin = origin
    this.tokens = [this.shown()]
  }

  /** A token on this device. */
  shown(about: Partial<DeviceToken & Shown> = {}): Shown {
    return { organisation: 'Harbour', ...someToken(about.id ?? this.tokenId, about), ...about }
  }

  /** One more, with an id of its own. */
  another(about: Partial<Shown>): Shown {
    return this.shown({ ...about, id: newId('tok', random) })
  }

  async open(path = '/'): Promise<Page> {
    const { page, tokens, preferences, rows } = this
    await page.goto(`${this.#origin}/robots.txt`)
    this.#vapidKey = await page.evaluate(readVapidKey)
    await arrangeStore(page, { tokens, preferences, rows })
    await page.route(`${this.#origin}/device/v1/**`, (route) => this.#answer(route))
    await page.goto(this.#origin + path)
    return page
  }

  /** A request that has come up on the sheet. */
  async openRequest(request: DeviceRequest): Promise<Page> {
    this.requests = [request, ...this.requests.filter(({ id }) => id !== request.id)]
    const page = await this.open(`/requests/${request.id}`)
    await page.getByRole('dialog').getByRole('heading').first().waitFor()
    return page
  }

  /** So many seconds pass, for the server too. */
  async later(seconds: number): Promise<void> {
    // By then the app has learned the server's time, and will not learn it from an answer under way.
    await expect.poll(() => this.#called.has('GET /tokens')).toBe(true)
    this.#ahead += seconds * 1_000
    await this.page.clock.setFixedTime(Date.now() + this.#ahead)
  }

  /** What the server keeps of a request that is over, as devices are told when one leaves their list. */
  over(request: DeviceRequest, end: Pick<HistoryEntry, 'state' | 'reason'>): void {
    const settledAt = new Date().toISOString()
    this.requests = this.requests.filter(({ id }: { id: RequestId }) => id !== request.id)
    this.history = [{ ...request, ...end, settledAt, redeemedAt: null, decidedHere: false }, ...this.history]
  }

  async #answer(route: Route): Promise<void> {
    const { pathname } = new URL(route.request().url())
    const call = `${route.request().method()} ${pathname.slice('/device/v1'.length)}`
    this.#called.add(call)
    await fulfil(route, this.answers[call] ?? this.answers['*'] ?? this.#usual(call))
  }

  #usual(call: string): Answer {
    const serverTime = new Date(Date.now() + this.#ahead).toISOString()
    switch (call) {
      case 'GET /config': {
        const organisation = { name: this.organisation }
        return { json: { protocol: [1], vapidKey: this.#vapidKey, serverTime, organisation } }
      }
      case 'GET /tokens':
        return { json: { tokens: this.tokens } }
      case 'GET /requests':
      case 'GET /events':
        return { json: { requests: this.requests } }
      case 'GET /history':
        return { json: { requests: this.history, next: null } }
      default:
        return call.startsWith('GET /requests/') ? this.#asked(call.slice('GET /requests/'.length)) : { json: {} }
    }
  }

  #asked(wanted: string): Answer {
    const request = this.requests.find(({ id }) => id === wanted)
    return request ? { json: request } : { refuse: 'unknown-request' }
  }
}

async function fulfil(route: Route, answer: Answer): Promise<void> {
  if (answer === 'silence') return
  if (answer === 'unreachable') return route.abort('connectionrefused')
  if ('refuse' in answer) {
    const problem = new Problem(answer.refuse, { members: answer.members ?? {} })
    const body = JSON.stringify(problem.document())
    return route.fulfill({ status: problem.status, contentType: 'application/problem+json', body })
  }
  if (!route.request().url().endsWith('/events')) return route.fulfill({ json: answer.json })
  const body = `event: requests\ndata: ${JSON.stringify(answer.json)}\n\n`
  return route.fulfill({ contentType: 'text/event-stream', body })
}

/** Runs in the page: the key that this device subscribed with, so that it stays subscribed. */
function readVapidKey(): Promise<string> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('countersign')
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const reading = opening.result.transaction('organisation').objectStore('organisation').get('current')
      reading.onsuccess = () => {
        opening.result.close()
        resolve(reading.result.vapidKey)
      }
    }
  })
}
