// Whom a file gave another mail address, until they were told.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function addressNews(db: Kysely<unknown>): Promise<void> {
  await table(db, 'address_news', { user_id: 'text', formerly: 'text', at: 'bigint' }, ['user_id', 'formerly'])
  await index(db, 'address_news', ['at', 'user_id'])
}
