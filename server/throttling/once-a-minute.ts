// What anybody may cause is told once a minute, with how often it happened: neither log nor store is what fills the disk.
import type { Clock } from '../clock.ts'
import { elapsed } from './elapsed.ts'

const MINUTE_MS = 60_000
/** Of as many kinds: beyond it they are told sooner. */
const MOST = 5000

/** @returns to be called each time; says how often it happened since it was last told, or undefined where that is less than a minute ago */
export function onceAMinute(clock: Pick<Clock, 'now'>): (kind: string) => number | undefined {
  const counts = new Map<string, { since: number; count: number }>()
  return (kind) => {
    const now = clock.now()
    const known = counts.get(kind)
    if (known && elapsed(known.since, now, MINUTE_MS) < MINUTE_MS) {
      known.count++
      return undefined
    }
    if (counts.size >= MOST) counts.clear()
    counts.set(kind, { since: now, count: 0 })
    return (known?.count ?? 0) + 1
  }
}
