// Who has no token that works.
import { type Kysely, sql } from 'kysely'
import { index, table } from './tables.ts'

export async function unenrolled(db: Kysely<unknown>): Promise<void> {
  await table(db, 'unenrolled', { user_id: 'text', since: 'bigint' }, ['user_id'])
  await index(db, 'unenrolled', ['since', 'user_id'])
  await sql`
    insert into unenrolled (user_id, since)
    select id, created_at from users
    where not exists (select 1 from tokens where tokens.user_id = users.id and tokens.state <> 'revoked')
  `.execute(db)
}
