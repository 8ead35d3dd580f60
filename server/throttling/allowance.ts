// So much from each, remembered in memory: who floods a door is turned away without costing the store anything.
import type { Clock } from '../clock.ts'
import { elapsed } from './elapsed.ts'
import type { Rate } from './hits.ts'

export type Allowance = {
  /** @returns false where whoever has that name has had their share */
  take(name: string): boolean
  /** What was taken for nothing. */
  giveBack(name: string): void
}

/** Beyond it whoever was quiet for longest is forgotten, and begins anew. */
const MOST = 20_000

/** Buckets that fill at the rate, and hold one window's worth. */
export function allowance(clock: Pick<Clock, 'now'>, { count, seconds }: Rate): Allowance {
  const window = seconds * 1000
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    take(name) {
      const now = clock.now()
      const { left, at } = buckets.get(name) ?? { left: count, at: now }
      const filled = Math.min(count, left + (elapsed(at, now, window) * count) / window)
      buckets.delete(name)
      const [quietest] = buckets.keys()
      if (quietest !== undefined && buckets.size >= MOST) buckets.delete(quietest)
      buckets.set(name, { left: filled < 1 ? filled : filled - 1, at: now })
      return filled >= 1
    },
    giveBack(name) {
      const bucket = buckets.get(name)
      if (bucket) bucket.left = Math.min(count, bucket.left + 1)
    },
  }
}
