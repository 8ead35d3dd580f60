// User names that somebody gave up a while ago.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function formerNames(db: Kysely<unknown>): Promise<void> {
  await table(db, 'former_names', { hash: 'text', user_id: 'text', expires_at: 'bigint' }, ['hash'])
  await index(db, 'former_names', ['expires_at'])
}
