// A sleep that ends at its time or when somebody wakes the sleeper; a call that comes while nobody sleeps is not lost.
import type { Clock } from '../clock.ts'

const WOKEN = Symbol('woken')

export class Alarm {
  readonly #clock: Clock
  #called = false
  #sleep: AbortController | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  wake(): void {
    this.#called = true
    this.#sleep?.abort(WOKEN)
  }

  /** Resolves after `ms`, or at once when `wake` was called since the last sleep. */
  async sleep(ms: number): Promise<void> {
    if (!this.#called) {
      this.#sleep = new AbortController()
      await this.#clock.after(ms, this.#sleep.signal).catch((reason: unknown) => {
        if (reason !== WOKEN) throw reason
      })
      this.#sleep = undefined
    }
    this.#called = false
  }
}
