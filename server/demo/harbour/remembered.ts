// What Harbour keeps for a browser, under a random name that only its cookie knows. In memory: a demonstration may
// forget everything when it stops.
import { randomBytes } from 'node:crypto'

type Kept<T> = { value: T; until: number }

export class Remembered<T> {
  readonly #kept = new Map<string, Kept<T>>()
  readonly #limits: { now: () => number; seconds: number; most: number }

  constructor(limits: { now: () => number; seconds: number; most: number }) {
    this.#limits = limits
  }

  /** @returns the name to put into a cookie */
  keep(value: T): string {
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= this.#limits.most && oldest !== undefined) this.#kept.delete(oldest)
    const name = randomBytes(16).toString('base64url')
    this.#kept.set(name, { value, until: this.#limits.now() + this.#limits.seconds * 1000 })
    return name
  }

  find(name: string | undefined): T | undefined {
    const found = name === undefined ? undefined : this.#kept.get(name)
    return found && this.#limits.now() < found.until ? found.value : undefined
  }

  forget(name: string | undefined): void {
    if (name !== undefined) this.#kept.delete(name)
  }

  /** Good once. */
  take(name: string | undefined): T | undefined {
    const value = this.find(name)
    this.forget(name)
    return value
  }
}
