// Time that only passes when a test says so, so that no test sleeps.
// Held from the start: a test that fakes the globals must not freeze this clock.
const realSetImmediate = setImmediate

/** Milliseconds since the epoch, and waiting. */
export interface Clock {
  now(): number
  /** Resolves `ms` later; rejects with the signal's reason when that is aborted first. */
  after(ms: number, signal?: AbortSignal): Promise<void>
  /** Strikes `ms` later; @returns what takes it back. */
  alarm(ms: number, strike: () => void): () => void
}

interface Wait {
  ms: number
  due: number
  wake: () => void
}

export class ManualClock implements Clock {
  #now: number
  #waits: Wait[] = []
  #watchers: { isReady: () => boolean; notify: () => void }[] = []

  constructor(start: number | string = '2026-01-01T00:00:00.000Z') {
    this.#now = typeof start === 'number' ? start : Date.parse(start)
  }

  now = (): number => this.#now

  after = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (ms <= 0) return resolve()
      const abort = () => {
        takeBack()
        reject(signal?.reason)
      }
      const takeBack = this.alarm(ms, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      signal?.addEventListener('abort', abort, { once: true })
    })

  alarm = (ms: number, wake: () => void): (() => void) => {
    const wait: Wait = { ms, due: this.#now + ms, wake }
    this.#waits.push(wait)
    this.#tellWatchers()
    return () => {
      this.#waits = this.#waits.filter((other) => other !== wait)
    }
  }

  /** How many waits are open. */
  get waiting(): number {
    return this.#waits.length
  }

  /** Resolves when at least `count` waits are open: the code under test has come to its pause. */
  whenWaiting(count = 1): Promise<void> {
    return this.#when(() => count <= this.#waits.length)
  }

  /** Resolves when so many waits of `ms` have begun at this moment: for where others come and go on the same clock. */
  whenWaitingFor(ms: number, count = 1): Promise<void> {
    const began = (wait: Wait) => wait.ms === ms && wait.due === this.#now + ms
    return this.#when(() => count <= this.#waits.filter(began).length)
  }

  /**
   * Lets `ms` pass. Waits end in order of time, each at its own moment, and what follows from one happens
   * before the next ends, so a loop of waits takes all its turns in one call.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (let next = this.#nextDue(end); next; next = this.#nextDue(end)) {
      this.#waits = this.#waits.filter((wait) => wait !== next)
      this.#now = next.due
      next.wake()
      await settled()
    }
    this.#now = end
  }

  /** As after a machine's sleep: `ms` later at once, and whatever is due by then ends together. */
  async jump(ms: number): Promise<void> {
    await settled()
    this.#now += ms
    const due = this.#waits.filter((wait) => wait.due <= this.#now)
    this.#waits = this.#waits.filter((wait) => wait.due > this.#now)
    for (const wait of due) wait.wake()
    await settled()
  }

  #nextDue(end: number): Wait | undefined {
    let first: Wait | undefined
    for (const wait of this.#waits) {
      if (wait.due <= end && (!first || wait.due < first.due)) first = wait
    }
    return first
  }

  #when(isReady: () => boolean): Promise<void> {
    return new Promise((notify) => {
      this.#watchers.push({ isReady, notify })
      this.#tellWatchers()
    })
  }

  #tellWatchers(): void {
    const ready = this.#watchers.filter(({ isReady }) => isReady())
    this.#watchers = this.#watchers.filter((watcher) => !ready.includes(watcher))
    for (const { notify } of ready) notify()
  }
}

/** All microtasks, and those they start, run before a turn of the event loop ends. */
const settled = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve))
