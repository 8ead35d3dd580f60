// Where a person showed both factors before: a browser by a cookie, at a gateway an address. Attack stopped: whoever tries
// wrong passwords on a name keeps its person out of every door. What is tried where the person is known is counted apart
// (OWASP, device cookies).
import type { UserId } from '../../protocol/ids.ts'
import { holdName, mayShareName } from '../store/hold-name.ts'
import { prepared } from '../store/prepared.ts'
import { purgeExpired } from '../store/purge-expired.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

const DAY_MS = 24 * 60 * 60 * 1000
export const KNOWN_MS = 90 * DAY_MS
/** With more than that left nothing is written: most sign-ins come from where the last one did. */
const FRESH_MS = 60 * DAY_MS

const known = (db: Db, v: { place: string; now: number }) =>
  db
    .selectFrom('known_places')
    .innerJoin('users', 'users.id', 'known_places.user_id')
    .select('expires_at')
    .where('place', '=', v.place)
    .where('expires_at', '>', v.now)

const byName = prepared((db, v: { place: string; name: string; now: number }) =>
  known(db, v).where('username_key', '=', v.name),
)
const byAccount = prepared((db, v: { place: string; externalId: string; now: number }) =>
  known(db, v).where('external_id', '=', v.externalId),
)

/** @param at.name as the store compares user names @param at.place a digest */
export async function isKnownAt(db: Db, at: { place: string; name: string; now: number }): Promise<boolean> {
  return (await byName(db, at)).rows.length > 0
}

/** By whichever name they came. @param at.externalId theirs in the directory */
export async function isAccountKnownAt(
  db: Db,
  at: { place: string; externalId: string; now: number },
): Promise<boolean> {
  return (await byAccount(db, at)).rows.length > 0
}

/** @property was what the place was called before, for whomever it is known: that is worth nothing from now on */
type Known = { user: UserId; place: string; was?: string | undefined; now: number }

const placesOf = (user: UserId) => `places ${user}`

/**
 * Once somebody showed both factors, and in the transaction that lets them in. Attack stopped: sign-ins of theirs end
 * meanwhile, and the place of whoever was let in is known after that.
 * @returns false where it is known for a good while yet, or its person's places are being forgotten: nothing has changed
 */
export async function knowPlace(
  tx: Db,
  store: Pick<Store, 'engine'>,
  { user, place, was = place, now }: Known,
): Promise<boolean> {
  const held = await tx
    .selectFrom('known_places')
    .select('expires_at')
    .where('place', '=', was)
    .where('user_id', '=', user)
    .executeTakeFirst()
  if (held !== undefined && held.expires_at - now > FRESH_MS) return false
  if (!(await mayShareName(tx, store, placesOf(user)))) return false
  const expires_at = now + KNOWN_MS
  if (was !== place) await tx.updateTable('known_places').set({ place }).where('place', '=', was).execute()
  await tx
    .insertInto('known_places')
    .values({ place, user_id: user, expires_at })
    .onConflict((c) => c.columns(['place', 'user_id']).doUpdateSet({ expires_at }))
    .execute()
  return true
}

/** With what else ends where an intruder may have signed in. Whoever is being let in is waited for. */
export async function forgetPlaces(tx: Db, store: Pick<Store, 'engine'>, user: UserId): Promise<void> {
  await holdName(tx, store, placesOf(user))
  await tx.deleteFrom('known_places').where('user_id', '=', user).execute()
}

export const purgePlaces = (store: Store, now: number): Promise<number> => purgeExpired(store, 'known_places', now)
