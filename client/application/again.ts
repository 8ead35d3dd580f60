// Trying again: with a pause that grows, and some of it by chance, so that many do not come back in step.
import { ProblemError, UnreachableError } from './errors.ts'
import type { Needs } from './send.ts'

const MOST_TIMES_AS_LONG = 30

/** Counts what failed since the server last answered. */
export class Tries {
  failed = 0
  readonly #backOff: number
  readonly #patience: number
  #heard: number = Date.now()

  constructor({ timing }: Needs, patience: number = timing.patience) {
    this.#backOff = timing.backOff
    this.#patience = patience
  }

  /** @param isNews something was said that was not known */
  heard(isNews: boolean): void {
    if (isNews) this.failed = 0
    this.#heard = Date.now()
  }

  /** Pauses before the next try. @throws `error` where another is of no use, or patience is at its end */
  async after(error: unknown, signal: AbortSignal | undefined): Promise<void> {
    const longest = Math.min(2 ** this.failed++, MOST_TIMES_AS_LONG) * this.#backOff
    const asked = error instanceof ProblemError ? (error.retryAfter ?? 0) * 1000 : 0
    const ms = Math.max(asked, (longest * (1 + Math.random())) / 2)
    if (!isPassing(error) || Date.now() + ms - this.#heard > this.#patience) throw error
    await pause(ms, signal)
  }
}

/** @throws the reason of `signal` */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** Whether the same call may be answered a little later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof UnreachableError) return (error.status ?? 500) >= 500
  if (!(error instanceof ProblemError)) return false
  return error.status >= 500 || error.status === 429 || error.slug === 'idempotency-in-progress'
}
