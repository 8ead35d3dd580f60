// So much from each client, and what comes beyond it is dropped unread: one door that floods leaves the others alone.
import type { Clock } from '../clock.ts'
import type { Rate } from '../throttling/hits.ts'

export type Allowance = {
  /** @returns false where the client has had its share */
  take(client: string): boolean
}

/** A bucket that fills at the rate, and holds one window's worth. */
export function allowance(clock: Pick<Clock, 'now'>, { count, seconds }: Rate): Allowance {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    take(client) {
      const now = clock.now()
      const { left, at } = buckets.get(client) ?? { left: count, at: now }
      const filled = Math.min(count, left + ((now - at) * count) / (seconds * 1000))
      buckets.set(client, { left: filled < 1 ? filled : filled - 1, at: now })
      return filled >= 1
    },
  }
}
