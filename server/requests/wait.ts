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

export type Bell = {
  /** True when struck; false after `ms`. */
  ring(ms: number): Promise<boolean>
  strike(): void
  /** Rings for these too, from now on. */
  listen(...topics: Topic[]): void
  end(): void
}

/** A bell for some topics: what rings between two waits is not missed. Thousands hang at once, so each is kept light. */
export function bell({ store, clock }: WaitNeeds, ...topics: Topic[]): Bell {
  let rung = false
  let wake = () => {}
  let takeBack = () => {}
  const heard: { topic: Topic; end: () => void }[] = []
  const strike = () => {
    rung = true
    wake()
  }
  const listen = (...more: Topic[]) => {
    for (const topic of more)
      if (!heard.some((known) => known.topic === topic)) heard.push({ topic, end: store.subscribe(topic, strike) })
  }
  listen(...topics)
  return {
    listen,
    end: () => {
      for (const { end } of heard) end()
    },
    strike,
    async ring(ms) {
      if (!rung && ms > 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
          takeBack = clock.alarm(ms, resolve)
        })
        takeBack()
      }
      const isRung = rung
      rung = false
      return isRung
    },
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
  const changes = bell(needs, `request:${id}`)
  const awake = whenStopping(signal, changes.strike)
  let leave: (() => void) | undefined
  try {
    for (;;) {
      const row = await currentRequest(needs, id)
      const left = until - needs.clock.now()
      if (row.version > since || isFinal(row) || left <= 0 || signal.aborted) return row
      leave ??= needs.waiting?.enter()
      await changes.ring(Math.min(left, row.expires_at - needs.clock.now()))
    }
  } finally {
    leave?.()
    awake()
    changes.end()
  }
}
