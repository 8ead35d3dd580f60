// Access-Requests that were heard before. Attack stopped: whoever recorded one sends it again at night, and the phone
// rings by a password that they don't know. RFC 2865 §3: a Request Authenticator is not used twice under one secret.
import type { Clock } from '../clock.ts'
import { prepared } from '../store/prepared.ts'
import { purgeExpired } from '../store/purge-expired.ts'
import type { Store } from '../store/store.ts'
import { Expiring } from './expiring.ts'

type Needs = { store: Store; clock: Clock }

const DAY_MS = 24 * 3_600_000
const KEPT_MS = 30 * DAY_MS
/** So long a client may send the same to another process, or to this one once it was started again. */
const RETRIED_MS = 2 * 60_000
/** In this process; longer than that. */
const RECENT_MS = 3 * 60_000
const MOST_RECENT = 20_000

const byId = prepared((db, v: { id: string }) =>
  db.selectFrom('radius_heard').select('expires_at').where('id', '=', v.id),
)

export class Heard {
  readonly #needs: Needs
  readonly #recent: Expiring<true>

  constructor(needs: Needs) {
    this.#needs = needs
    this.#recent = new Expiring(needs.clock, MOST_RECENT)
  }

  /** @param id of the request @returns whether it is one that comes again, and nothing is to be done about */
  async again(id: string): Promise<boolean> {
    if (this.#recent.get(id)) return true
    this.#recent.put(id, true, RECENT_MS)
    const { store, clock } = this.#needs
    const [row] = (await byId(store.read, { id })).rows
    return row !== undefined && row.expires_at - KEPT_MS + RETRIED_MS <= clock.now()
  }

  /** It had a right first factor: only such a one could ask anybody. */
  async keep(id: string): Promise<void> {
    const { store, clock } = this.#needs
    const row = { id, expires_at: clock.now() + KEPT_MS }
    await store.write((tx) =>
      tx
        .insertInto('radius_heard')
        .values(row)
        .onConflict((on) => on.column('id').doNothing())
        .execute(),
    )
  }

  /** It could not be dealt with, and its client sends it again. */
  forget(id: string): void {
    this.#recent.delete(id)
  }
}

/** Forgets those that are too old; @returns how many, at most a bounded number a call */
export const purgeHeard = (store: Store, now: number): Promise<number> => purgeExpired(store, 'radius_heard', now)
