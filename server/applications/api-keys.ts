// Which application an API key belongs to, asked on every call and so remembered for a moment.
import type { Clock } from '../clock.ts'
import { digest } from '../store/digest.ts'
import type { Store } from '../store/store.ts'
import { type ApplicationRow, applicationByKeyHash } from './rows.ts'

/** A removed key stops working within this time, in milliseconds. */
const REMEMBERED_MS = 2000
const MOST_REMEMBERED = 1000

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
    const application = await applicationByKeyHash(store.read, hash)
    if (!application) return undefined
    const [oldest] = remembered.keys()
    if (remembered.size >= MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
    remembered.set(hash, { application, until: clock.now() + REMEMBERED_MS })
    return application
  }
}
