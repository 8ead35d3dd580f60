// Where a person signed in before: what is tried on their name elsewhere does not hold them there.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function knownPlaces(db: Kysely<unknown>): Promise<void> {
  await table(db, 'known_places', { place: 'text', user_id: 'text', expires_at: 'bigint' }, ['place', 'user_id'])
  await index(db, 'known_places', ['user_id'])
  await index(db, 'known_places', ['expires_at'])
}
