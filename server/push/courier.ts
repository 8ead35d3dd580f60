// Delivers what is in the outbox: at once what this process has just written, later what is due again or what
// another process left.
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { SubscriptionsTable } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Deliver } from './deliver.ts'
import { Lanes } from './lanes.ts'
import { CONNECTIONS_PER_ORIGIN } from './outbound.ts'
import { type PushJob, release, releaseLeftBehind, renewClaim } from './outbox.ts'
import { type OnDelivery, recordOutcome } from './record.ts'
import type { PushSender } from './send.ts'
import { subscriptionsOf } from './subscriptions.ts'
import { OutboxWatch } from './watch.ts'

export type CourierNeeds = {
  store: Store
  clock: Clock
  log: Logger
  deliver: Deliver
  sender: Pick<PushSender, 'breakOff'>
  onDelivery: OnDelivery
}

type Load = { job: PushJob; subscription: SubscriptionsTable | undefined }

/** Beyond this many jobs in hand the rest stays in the outbox, for other processes too. */
const MOST_IN_HAND = 1000
const MOST_AT_ONCE = 256
/** A claim with less left could end while its push is still on the wire. */
const CLAIM_LEFT_MS = 12_000
const STOP_WITHIN_MS = 5000

export class Courier {
  readonly #needs: CourierNeeds
  readonly #lanes: Lanes<Load>
  readonly #watch: OutboxWatch
  readonly #underWay = new Set<Promise<void>>()
  #running = false
  #inHand = 0

  constructor(needs: CourierNeeds) {
    this.#needs = needs
    this.#watch = new OutboxWatch(needs, {
      room: () => MOST_IN_HAND - this.#inHand,
      take: (jobs) => this.#take(jobs),
    })
    const limits = { perLane: CONNECTIONS_PER_ORIGIN, overall: MOST_AT_ONCE }
    this.#lanes = new Lanes<Load>(limits, (load) => this.#carry(load))
  }

  async start(): Promise<void> {
    await releaseLeftBehind(this.#needs.store)
    this.#running = true
    this.#watch.start()
  }

  /**
   * Takes jobs that `insertPushes` returned, after their transaction has committed. Not in the same turn: sealing takes
   * longer than all of an answer, and whoever asked waits for that. Where nothing is delivered, as by a command, they are
   * given back at once, before the store is closed.
   */
  dispatch(jobs: readonly PushJob[]): void {
    if (jobs.length === 0) return
    this.#track(this.#running ? setImmediate().then(() => this.#take(jobs)) : this.#giveBack(jobs))
  }

  /** Finishes what is on the wire, within 5 s, and leaves the rest in the outbox for whoever comes. */
  async stop(): Promise<void> {
    this.#running = false
    await this.#watch.stop()
    await this.#giveBack(this.#lanes.drain().map(({ job }) => job))
    await this.#emptyWire()
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  async #emptyWire(): Promise<void> {
    const wait = new AbortController()
    const late = this.#needs.clock.after(STOP_WITHIN_MS, wait.signal).then(
      () => this.#needs.sender.breakOff(),
      () => {},
    )
    await Promise.race([this.#lanes.idle(), late])
    wait.abort()
    await this.#lanes.idle()
  }

  async #take(jobs: readonly PushJob[]): Promise<void> {
    const devices = jobs.map(({ device_id }) => device_id)
    const subscriptions = this.#running ? await subscriptionsOf(this.#needs.store.read, devices) : undefined
    if (!subscriptions || !this.#running) return this.#giveBack(jobs)
    this.#inHand += jobs.length
    for (const job of jobs) {
      const subscription = subscriptions.get(job.device_id)
      this.#lanes.add(subscription ? new URL(subscription.endpoint).origin : '', { job, subscription })
    }
  }

  async #carry({ job, subscription }: Load): Promise<void> {
    try {
      const held = await this.#hold(job)
      if (!held) return
      const outcome = await this.#needs.deliver(held, subscription)
      this.#track(this.#record(held, outcome))
    } catch (error) {
      this.#tell(error)
    } finally {
      this.#inHand -= 1
      this.#watch.roomMade()
    }
  }

  /** A job may have waited in its lane until its claim was nearly over. */
  async #hold(job: PushJob): Promise<PushJob | undefined> {
    const now = this.#needs.clock.now()
    return job.claimed_until - now > CLAIM_LEFT_MS ? job : renewClaim(this.#needs.store, job, now)
  }

  async #record(job: PushJob, outcome: Awaited<ReturnType<Deliver>>): Promise<void> {
    await recordOutcome(this.#needs, job, outcome)
    if (outcome.kind === 'again') this.#watch.wake()
  }

  async #giveBack(jobs: readonly PushJob[]): Promise<void> {
    if (jobs.length === 0) return
    await this.#needs.store.write(async (tx, announce) => {
      await release(tx, jobs)
      announce('outbox')
    })
  }

  /** What fails here left its job in the outbox: it is taken up again when its claim is over. */
  #track(work: Promise<void>): void {
    const done: Promise<void> = work
      .catch((error: unknown) => this.#tell(error))
      .finally(() => this.#underWay.delete(done))
    this.#underWay.add(done)
  }

  #tell(error: unknown): void {
    this.#needs.log.error({ err: error }, 'the outbox could not be kept; its jobs are taken up again later')
  }
}
