// Which application an API key belongs to, asked on every call and so remembered for a moment.
import type { ApplicationId } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import { NoRoom } from '../overload/room.ts'
import { digest } from '../store/digest.ts'
import type { Store } from '../store/store.ts'
import { countedAddress } from '../throttling/address.ts'
import { allowance } from '../throttling/allowance.ts'
import { inBatches } from '../throttling/batches.ts'
import { elapsed } from '../throttling/elapsed.ts'
import { type ApplicationRow, applicationsByKeyHash, type KeyOwner, markKeyUsed } from './rows.ts'

/** A removed key stops working within this time, in milliseconds. */
const REMEMBERED_MS = 2000
const MOST_REMEMBERED = 1000
/** A write for every call would be much of what a call costs. */
const USED_EVERY_MS = 60_000
/** Keys of nobody that one address may try; beyond them it waits in line, where a key that is right comes in as well. */
const WRONG = { count: 300, seconds: 60 }
/** All of it are looked up at once. */
const MOST_IN_LINE = 256

export type ApplicationKeys = {
  /** @param from the address that it came from @throws {Problem} unavailable: it guesses, and too many of its keys wait */
  application(apiKey: string, from: string): Promise<ApplicationRow | undefined>
  /** Whose it was when it was last looked up, without looking. */
  lastKnown(apiKey: string): ApplicationId | undefined
}

/**
 * Keys are found by their hash, so that no comparison's time tells anything about a key. Only keys that exist are
 * remembered: guesses can't push them out.
 */
export function applicationKeys({ store, clock }: { store: Store; clock: Clock }): ApplicationKeys {
  const remembered = new Map<string, { application: ApplicationRow; since: number }>()
  const guesses = allowance(clock, WRONG)
  const line = inBatches(MOST_IN_LINE, ownersOf)

  async function ownersOf(hashes: readonly string[]): Promise<ReadonlyMap<string, KeyOwner>> {
    // Of few lengths: each is a statement of its own, and whoever guesses would have the store forget the others.
    const length = 2 ** Math.ceil(Math.log2(hashes.length))
    const asked = Array.from({ length }, (_, i) => hashes[i] ?? hashes[0] ?? '')
    const found = await applicationsByKeyHash(store.read, asked)
    return new Map(found.map((owner) => [owner.hash, owner]))
  }

  const lookUp = async (hash: string) => seen(hash, (await ownersOf([hash])).get(hash))

  async function seen(key: string, owner: KeyOwner | undefined): Promise<ApplicationRow | undefined> {
    if (!owner) return void remembered.delete(key)
    const { last_used_at: used, hash, ...application } = owner
    const now = clock.now()
    if (used === null || used + USED_EVERY_MS <= now) await store.write((tx) => markKeyUsed(tx, hash, now))
    remembered.delete(hash)
    const [oldest] = remembered.keys()
    if (remembered.size >= MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
    remembered.set(hash, { application, since: clock.now() })
    return application
  }

  async function unlessGuessed(address: string, hash: string): Promise<ApplicationRow | undefined> {
    let isGuess = false
    try {
      const found = await lookUp(hash)
      isGuess = found === undefined
      return found
    } finally {
      if (!isGuess) guesses.giveBack(address)
    }
  }

  return {
    async application(apiKey, from) {
      const hash = digest(apiKey)
      const known = remembered.get(hash)
      if (known && elapsed(known.since, clock.now(), REMEMBERED_MS) < REMEMBERED_MS) return known.application
      if (known) return lookUp(hash)
      const address = countedAddress(from)
      // Taken before it is known whether it is one: those that come together count as well.
      if (guesses.take(address)) return unlessGuessed(address, hash)
      const found = line.find(address, hash)
      if (!found) throw new NoRoom(1)
      return seen(hash, await found)
    },
    lastKnown: (apiKey) => remembered.get(digest(apiKey))?.application.id,
  }
}
