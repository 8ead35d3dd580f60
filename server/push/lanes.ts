// Bounded work, fairly shared: one slow push service fills its own lane and holds nobody else up.

export class Lanes<Item> {
  readonly #limits: { perLane: number; overall: number }
  readonly #run: (item: Item) => Promise<void>
  readonly #waiting = new Map<string, Item[]>()
  readonly #running = new Map<string, number>()
  #busy = 0
  #onIdle: (() => void)[] = []

  /** @param run must not reject */
  constructor(limits: { perLane: number; overall: number }, run: (item: Item) => Promise<void>) {
    this.#limits = limits
    this.#run = run
  }

  add(lane: string, item: Item): void {
    const waiting = this.#waiting.get(lane)
    if (waiting) waiting.push(item)
    else this.#waiting.set(lane, [item])
    this.#begin()
  }

  /** Takes back all that has not begun. */
  drain(): Item[] {
    const items = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    return items
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return this.#busy === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve))
  }

  #begin(): void {
    while (this.#busy < this.#limits.overall) {
      const lane = this.#nextLane()
      if (lane === undefined) return
      this.#start(lane)
    }
  }

  #nextLane(): string | undefined {
    for (const lane of this.#waiting.keys()) {
      if ((this.#running.get(lane) ?? 0) < this.#limits.perLane) return lane
    }
    return undefined
  }

  #start(lane: string): void {
    const [item, ...rest] = this.#waiting.get(lane) ?? []
    if (item === undefined) return
    // To the end of the row: the lanes take turns.
    this.#waiting.delete(lane)
    if (rest.length > 0) this.#waiting.set(lane, rest)
    this.#count(lane, 1)
    void this.#run(item).finally(() => {
      this.#count(lane, -1)
      this.#begin()
      if (this.#busy === 0) for (const tell of this.#onIdle.splice(0)) tell()
    })
  }

  #count(lane: string, by: 1 | -1): void {
    this.#busy += by
    const running = (this.#running.get(lane) ?? 0) + by
    if (running > 0) this.#running.set(lane, running)
    else this.#running.delete(lane)
  }
}
