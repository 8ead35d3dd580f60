// Looks into the outbox when something in it can be claimed: woken by a topic, or by the time.
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import { Alarm } from './alarm.ts'
import { claimDue, nextDue, type PushJob } from './outbox.ts'

/** What other processes claimed or postponed is found without being told. */
const LOOK_EVERY_MS = 10_000
/** After a look that failed or found its jobs taken. */
const LOOK_AGAIN_MS = 1000

export class OutboxWatch {
  readonly #needs: { store: Store; clock: Clock; log: Logger }
  readonly #taker: { room: () => number; take: (jobs: PushJob[]) => Promise<void> }
  readonly #alarm: Alarm
  #running = false
  #isFull = false
  #done: Promise<void> = Promise.resolve()
  #unsubscribe = () => {}

  /** @param taker `room`: how many jobs it would take now */
  constructor(
    needs: { store: Store; clock: Clock; log: Logger },
    taker: { room: () => number; take: (jobs: PushJob[]) => Promise<void> },
  ) {
    this.#needs = needs
    this.#taker = taker
    this.#alarm = new Alarm(needs.clock)
  }

  start(): void {
    this.#running = true
    this.#unsubscribe = this.#needs.store.subscribe('outbox', () => this.wake())
    this.#done = this.#watch()
  }

  wake(): void {
    this.#alarm.wake()
  }

  /** The taker has room again. */
  roomMade(): void {
    if (this.#isFull) this.wake()
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#unsubscribe()
    this.wake()
    await this.#done
  }

  async #watch(): Promise<void> {
    while (this.#running) {
      const rest = await this.#look().catch((error: unknown) => {
        this.#needs.log.error({ err: error }, 'the outbox could not be read')
        return LOOK_AGAIN_MS
      })
      if (this.#running) await this.#alarm.sleep(rest)
    }
  }

  /** @returns for how long there is nothing more to look for, in milliseconds */
  async #look(): Promise<number> {
    const { store, clock } = this.#needs
    const room = this.#taker.room()
    this.#isFull = room <= 0
    if (this.#isFull) return LOOK_EVERY_MS
    const due = (await nextDue(store.read)) ?? Number.POSITIVE_INFINITY
    const rest = due - clock.now()
    if (rest > 0) return Math.min(rest, LOOK_EVERY_MS)
    const jobs = await claimDue(store, clock.now(), room)
    if (jobs.length === 0) return LOOK_AGAIN_MS
    await this.#taker.take(jobs)
    return 0
  }
}
