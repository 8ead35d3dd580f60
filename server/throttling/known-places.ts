// Where a person showed both factors before: a browser by a cookie, at a gateway an address. Attack stopped: whoever tries
// wrong passwords on a name keeps its person out of every door. What is tried where the person is known is counted apart
// (OWASP, device cookies).
import type { UserId } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import { prepared } from '../store/prepared.ts'
import { purgeExpired } from '../store/purge-expired.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

const DAY_MS = 24 * 60 * 60 * 1000
export const KNOWN_MS = 90 * DAY_MS
/** With more than that left nothing is written: most sign-ins come from where the last one did. */
const FRESH_MS = 60 * DAY_MS

type Needs = { store: Store; clock: Pick<Clock, 'now'> }

const byName = prepared((db, v: { place: string; name: string; now: number }) =>
  db
    .selectFrom('known_places')
    .innerJoin('users', 'users.id', 'known_places.user_id')
    .select('expires_at')
    .where('place', '=', v.place)
    .where('username_key', '=', v.name)
    .where('expires_at', '>', v.now),
)

/** @param name as the store compares user names @param place a digest */
export async function isKnownPlace(db: Db, name: string, place: string, now: number): Promise<boolean> {
  return (await byName(db, { name, place, now })).rows.length > 0
}

/** @returns whether it is known for a good while yet */
export async function isFreshPlace({ store, clock }: Needs, user: UserId, place: string): Promise<boolean> {
  const row = await store.read
    .selectFrom('known_places')
    .select('expires_at')
    .where('place', '=', place)
    .where('user_id', '=', user)
    .executeTakeFirst()
  return row !== undefined && row.expires_at - clock.now() > FRESH_MS
}

/** @param was what the place was called before, for whomever it is known: that is worth nothing from now on */
export async function knowPlace({ store, clock }: Needs, user: UserId, place: string, was?: string): Promise<void> {
  const expires_at = clock.now() + KNOWN_MS
  await store.write(async (tx) => {
    if (was !== undefined) await tx.updateTable('known_places').set({ place }).where('place', '=', was).execute()
    await tx
      .insertInto('known_places')
      .values({ place, user_id: user, expires_at })
      .onConflict((c) => c.columns(['place', 'user_id']).doUpdateSet({ expires_at }))
      .execute()
  })
}

/** With what else ends where an intruder may have signed in. */
export async function forgetPlaces(tx: Db, user: UserId): Promise<void> {
  await tx.deleteFrom('known_places').where('user_id', '=', user).execute()
}

export const purgePlaces = (store: Store, now: number): Promise<number> => purgeExpired(store, 'known_places', now)
