// Asks a server again and again until it answers: what fails, hangs, or says that it can't just now, is asked later.
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import type { Wire } from '../support/wire-call.ts'

export type Reply = { status: number; body: unknown; headers: Record<string, string | string[] | undefined> }
type Sent = { headers: Record<string, string>; body?: string }

/** A call without an answer by then has none. */
const ANSWER_WITHIN_MS = 8000
const LONGEST_REST_MS = 1000
/** What says nothing about the call itself. */
const LATER = [429, 500, 502, 503, 504]

export class Asking {
  readonly #wire: Wire
  readonly #patienceMs: number
  readonly #agent: Agent
  /** how often each kind of failure was met on the way; a status, or what the network said */
  readonly met = new Map<string, number>()
  /** answers by which a server told its own defects */
  readonly defects: string[] = []
  /** how long decisions took to be answered, in milliseconds each */
  readonly decisions: number[] = []
  /** decisions that were told to come later */
  decisionsRefused = 0

  /** @param connections at once */
  constructor(wire: Wire, patienceMs: number, connections = 64) {
    this.#wire = wire
    this.#patienceMs = patienceMs
    this.#agent = new Agent({ connections, keepAliveTimeout: 10_000 })
  }

  /** @param sent anew for each try, where it is a function @returns undefined where patience ended first */
  async until(method: string, path: string, sent: Sent | (() => Sent)): Promise<Reply | undefined> {
    const giveUp = Date.now() + this.#patienceMs
    for (let rest = 50; Date.now() < giveUp; rest = Math.min(2 * rest, LONGEST_REST_MS)) {
      const reply = await this.once(method, path, typeof sent === 'function' ? sent() : sent)
      if (reply && !LATER.includes(reply.status) && !isBusy(reply)) return reply
      await sleep(rest)
    }
    return undefined
  }

  /** @returns undefined where no answer came */
  async once(method: string, path: string, { headers, body }: Sent): Promise<Reply | undefined> {
    const before = performance.now()
    try {
      const answer = await this.#agent.request({
        origin: `http://127.0.0.1:${this.#wire.port}`,
        method: method as 'GET',
        path,
        headers: { host: new URL(this.#wire.origin).host, ...headers },
        ...(body !== undefined && { body }),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
      const text = await answer.body.text()
      if (path === '/device/v1/decisions' && answer.statusCode === 200) this.decisions.push(performance.now() - before)
      if (path === '/device/v1/decisions' && answer.statusCode === 503) this.decisionsRefused += 1
      if (answer.statusCode >= 400) this.#note(String(answer.statusCode))
      if (answer.statusCode === 500) this.defects.push(`${method} ${path}: ${text}`)
      return { status: answer.statusCode, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) }
    } catch (error) {
      this.#note((error as { code?: string }).code ?? (error as Error).name)
      return undefined
    }
  }

  #note(what: string): void {
    this.met.set(what, (this.met.get(what) ?? 0) + 1)
  }

  close(): Promise<void> {
    return this.#agent.destroy()
  }
}

const isBusy = ({ status, body }: Reply) =>
  status === 409 && String((body as { type?: string }).type).endsWith('idempotency-in-progress')
