// So much from each, counted across the processes of one store: each takes a tenth of a share at a time, so that the
// store is asked once for many calls, and about those who call little not at all.

import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/store.ts'
import { elapsed } from './elapsed.ts'
import { type Rate, takeHit } from './hits.ts'

export type SharedAllowance = {
  /** @returns false where whoever has that name has had their share */
  take(name: string): Promise<boolean>
}

const PARTS = 10
/** Beyond it whoever was quiet for longest is forgotten, and has the first part of their share anew. */
const MOST = 20_000

type Held = {
  /** what this process may let through without asking */
  left: number
  /** when the part that is its own began to count */
  since: number
  /** when it was refused more, and for how long it need not ask again */
  full: { at: number; ms: number } | undefined
  asking?: Promise<void> | undefined
}

/**
 * The first part of each window is let through by each process without asking, so that of `count` calls a tenth more may
 * be let through for each process after the first.
 * @param kind names what is counted
 */
export function sharedAllowance(
  { store, clock }: { store: Store; clock: Pick<Clock, 'now'> },
  kind: string,
  { count, seconds }: Rate,
): SharedAllowance {
  const part = Math.max(1, Math.floor(count / PARTS))
  const window = seconds * 1000
  const rate = { count: Math.floor(count / part) - 1, seconds }
  const held = new Map<string, Held>()

  function of(name: string): Held {
    const now = clock.now()
    const is = held.get(name) ?? { left: part, since: now, full: undefined }
    if (is.left === 0 && elapsed(is.since, now, window) >= window) Object.assign(is, { left: part, since: now })
    held.delete(name)
    const [quietest] = held.keys()
    if (quietest !== undefined && held.size >= MOST) held.delete(quietest)
    held.set(name, is)
    return is
  }

  const isFull = ({ full }: Held) => full !== undefined && elapsed(full.at, clock.now(), full.ms) < full.ms

  async function ask(name: string, is: Held): Promise<void> {
    const now = clock.now()
    try {
      await takeHit(store, { bucket: `${kind}:${name}`, rate, now })
      is.left = part
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      is.full = { at: now, ms: 1000 * Number(error.headers['Retry-After']) }
    } finally {
      is.asking = undefined
    }
  }

  return {
    async take(name) {
      const is = of(name)
      while (is.left === 0) {
        if (rate.count === 0 || isFull(is)) return false
        is.asking ??= ask(name, is)
        await is.asking
      }
      is.left -= 1
      return true
    },
  }
}
