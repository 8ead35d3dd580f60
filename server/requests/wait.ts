// Waiting for a request to change: woken by the store's announcements and, at the end of its life, by the clock.
import type { RequestId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { Store, Topic } from '../store/store.ts'
import { requestRow } from './rows.ts'
import { asOf, isFinal, type RequestRow } from './state.ts'

export type WaitNeeds = { store: Store; clock: Clock }

/** The request as it is now. @throws {Problem} unknown-request */
export async function currentRequest({ store, clock }: WaitNeeds, id: RequestId): Promise<RequestRow> {
  const row = await requestRow(store.read, id)
  if (!row) throw new Problem('unknown-request')
  return asOf(row, clock.now())
}

/** A bell for one topic: what rings between two waits is not missed. */
export function bell({ store, clock }: WaitNeeds, topic: Topic) {
  let rung = false
  let wake = () => {}
  const end = store.subscribe(topic, () => {
    rung = true
    wake()
  })
  return {
    end,
    /** Resolves when rung, after `ms`, or when the signal says so. */
    async ring(ms: number, signal: AbortSignal): Promise<void> {
      if (!rung && !signal.aborted) {
        const over = new AbortController()
        const timer = clock.after(ms, AbortSignal.any([signal, over.signal])).catch(() => undefined)
        await Promise.race([timer, new Promise<void>((resolve) => { wake = resolve })])
        over.abort()
      }
      rung = false
    },
  }
}

/** Answers when the version is past `since`, when the state is final, or after `ms`. */
export async function waitForChange(needs: WaitNeeds, id: RequestId, since: number, ms: number, signal: AbortSignal): Promise<RequestRow> {
  const until = needs.clock.now() + ms
  const changes = bell(needs, `request:${id}`)
  try {
    for (;;) {
      const row = await currentRequest(needs, id)
      const left = until - needs.clock.now()
      if (row.version > since || isFinal(row) || left <= 0 || signal.aborted) return row
      await changes.ring(Math.min(left, row.expires_at - needs.clock.now()), signal)
    }
  } finally {
    changes.end()
  }
}
