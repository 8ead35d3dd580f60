// What is remembered for a while and never without bound: the oldest goes first.
import type { Clock } from '../clock.ts'

export class Expiring<Value> {
  readonly #clock: Pick<Clock, 'now'>
  readonly #most: number
  readonly #entries = new Map<string, { value: Value; until: number }>()

  constructor(clock: Pick<Clock, 'now'>, most: number) {
    this.#clock = clock
    this.#most = most
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key)
    return entry && entry.until > this.#clock.now() ? entry.value : undefined
  }

  put(key: string, value: Value, ms: number): void {
    const now = this.#clock.now()
    this.#entries.delete(key)
    for (const [old, { until }] of this.#entries) {
      if (until > now && this.#entries.size < this.#most) break
      this.#entries.delete(old)
    }
    this.#entries.set(key, { value, until: now + ms })
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  /** Once. */
  take(key: string): Value | undefined {
    const value = this.get(key)
    this.#entries.delete(key)
    return value
  }
}
