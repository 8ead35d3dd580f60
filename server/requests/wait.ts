// Waiting for a request to change: woken by the store's announcements and, at the end of its life, by the clock.
import type { RequestId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { Room } from '../overload/room.ts'
import { whenStopping } from '../stopping.ts'
import type { Store, Topic } from '../store/store.ts'
import { requestRow } from './rows.ts'
import { asOf, isFinal, type RequestRow } from './state.ts'

export type WaitNeeds = { store: Store; clock: Clock; waiting?: Room }

/** The request as it is now. @throws {Problem} unknown-request */
export async function currentRequest({ store, clock }: WaitNeeds, id: RequestId): Promise<RequestRow> {
  const row = await requestRow(store.read, id)
  if (!row) throw new Problem('unknown-request')
  return asOf(row, clock.now())
}

/** Rings when one of its topics does: what rings between two waits is not missed. Thousands hang at once, so each is kept light. */
export class Bell {
  readonly #needs: WaitNeeds
  #heard: { topic: Topic; end: () => void }[] = []
  #isRung = false
  #wake: (() => void) | undefined

  constructor(needs: WaitNeeds, ...topics: Topic[]) {
    this.#needs = needs
    this.listen(...topics)
  }

  /** Rings for these too, from now on. */
  listen(...topics: Topic[]): void {
    const more = topics.filter((topic) => !this.#heard.some((known) => known.topic === topic))
    const strike = () => this.strike()
    // Not pushed: an array that has grown keeps room for sixteen more.
    this.#heard = [...this.#heard, ...more.map((topic) => ({ topic, end: this.#needs.store.subscribe(topic, strike) }))]
  }

  strike(): void {
    this.#isRung = true
    this.#wake?.()
  }

  /** @param then called once: with true when struck, at once where it was struck meanwhile; with false after `ms` */
  onRing(ms: number, then: (isRung: boolean) => void): void {
    let takeBack = () => {}
    const wake = () => {
      const isRung = this.#isRung
      this.#isRung = false
      this.#wake = undefined
      takeBack()
      then(isRung)
    }
    if (this.#isRung || ms <= 0) return void wake()
    this.#wake = wake
    takeBack = this.#needs.clock.alarm(ms, wake)
  }

  end(): void {
    for (const { end } of this.#heard) end()
  }
}

/**
 * Answers when the version is past `since`, when the state is final, or after `ms`.
 * @throws {Problem} unknown-request, unavailable: nothing is to be told yet, and there is no room to wait
 */
export async function waitForChange(
  needs: WaitNeeds,
  id: RequestId,
  since: number,
  ms: number,
  signal: AbortSignal,
): Promise<RequestRow> {
  const until = needs.clock.now() + ms
  const changes = new Bell(needs, `request:${id}`)
  const awake = whenStopping(signal, () => changes.strike())
  let leave: (() => void) | undefined
  try {
    for (;;) {
      const row = await currentRequest(needs, id)
      const left = until - needs.clock.now()
      if (row.version > since || isFinal(row) || left <= 0 || signal.aborted) return row
      leave ??= needs.waiting?.enter(row.application_id)
      const ms = Math.min(left, row.expires_at - needs.clock.now())
      await new Promise<boolean>((resolve) => changes.onRing(ms, resolve))
    }
  } finally {
    leave?.()
    awake()
    changes.end()
  }
}
