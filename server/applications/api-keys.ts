// Which application an API key belongs to, asked on every call and so remembered for a moment.
import type { Clock } from '../clock.ts'
import { digest } from '../store/digest.ts'
import type { Store } from '../store/store.ts'
import { type ApplicationRow, applicationByKeyHash, markKeyUsed } from './rows.ts'

/** A removed key stops working within this time, in milliseconds. */
const REMEMBERED_MS = 2000
const MOST_REMEMBERED = 1000
/** A write for every call would be much of what a call costs. */
const USED_EVERY_MS = 60_000

export type ApplicationByKey = (apiKey: string) => Promise<ApplicationRow | undefined>

/**
 * Keys are found by their hash, so that no comparison's time tells anything about a key. Only keys that exist are
 * remembered: guesses can't push them out.
 */
export function applicationKeys({ store, clock }: { store: Store; clock: Clock }): ApplicationByKey {
  const remembered = new Map<string, { application: ApplicationRow; until: number }>()
  return async (apiKey) => {
    const hash = digest(apiKey)
    const known = remembered.get(hash)
    if (known && clock.now() < known.until) return known.application
    remembered.delete(hash)
    const found = await applicationByKeyHash(store.read, hash)
    if (!found) return undefined
    const { last_used_at: used, ...application } = found
    const now = clock.now()
    if (used === null || used + USED_EVERY_MS <= now) await store.write((tx) => markKeyUsed(tx, hash, now))
    const [oldest] = remembered.keys()
    if (remembered.size >= MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
    remembered.set(hash, { application, until: clock.now() + REMEMBERED_MS })
    return application
  }
}
