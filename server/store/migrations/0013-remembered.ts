// Browsers in which somebody confirmed a while ago that it is them.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function remembered(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'remembered_browsers',
    { id: 'text', user_id: 'text', application_id: 'text', password: 'text', confirmed_at: 'bigint' },
    ['id', 'user_id', 'application_id'],
  )
  await index(db, 'remembered_browsers', ['user_id'])
  await index(db, 'remembered_browsers', ['confirmed_at'])
}
