// Tokens that wait until somebody confirms them.
import { type Kysely, sql } from 'kysely'
import { index, table } from './tables.ts'

export async function unconfirmed(db: Kysely<unknown>): Promise<void> {
  await table(db, 'unconfirmed', { token_id: 'text', user_id: 'text', since: 'bigint' }, ['token_id'])
  await index(db, 'unconfirmed', ['since'])
  await index(db, 'unconfirmed', ['user_id'])
  await sql`
    insert into unconfirmed (token_id, user_id, since)
    select id, user_id, created_at from tokens where state = 'suspended' and last_used_at is null
  `.execute(db)
}
