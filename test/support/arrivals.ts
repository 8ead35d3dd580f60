// What comes to a double from outside (notifications, push messages), so that a test awaits it instead of polling.

interface Waiter<T> {
  matches: (item: T) => boolean
  take: (item: T) => void
}

export interface NextOptions {
  /** Milliseconds of real time after which a test that waits in vain fails. */
  within?: number
}

/** `next` hands every arrival out once, earlier ones too: it does not matter whether a test starts waiting before or after the arrival. */
export class Arrivals<T> {
  /** Everything that ever came, oldest first. */
  readonly all: T[] = []
  readonly #noun: string
  readonly #describe: (item: T) => string
  #untaken: T[] = []
  #waiters: Waiter<T>[] = []

  constructor(noun: string, describe: (item: T) => string = (item) => JSON.stringify(item)) {
    this.#noun = noun
    this.#describe = describe
  }

  add(item: T): void {
    this.all.push(item)
    const waiter = this.#waiters.find(({ matches }) => matches(item))
    if (!waiter) {
      this.#untaken.push(item)
      return
    }
    this.#waiters = this.#waiters.filter((other) => other !== waiter)
    waiter.take(item)
  }

  next(matches: (item: T) => boolean = () => true, { within = 15_000 }: NextOptions = {}): Promise<T> {
    const found = this.#untaken.find(matches)
    if (found !== undefined) {
      this.#untaken = this.#untaken.filter((item) => item !== found)
      return Promise.resolve(found)
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const giveUp = setTimeout(() => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter)
      const seen = this.#untaken.map(this.#describe).join('; ') || 'none'
      reject(new Error(`No ${this.#noun} that was waited for within ${within} ms. Others: ${seen}`))
    }, within)
    const waiter: Waiter<T> = {
      matches,
      take: (item) => {
        clearTimeout(giveUp)
        resolve(item)
      },
    }
    this.#waiters.push(waiter)
    return promise
  }
}
