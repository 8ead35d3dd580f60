// Who has a token and no device that push reaches.
import { type Kysely, sql } from 'kysely'
import { table } from './tables.ts'

export async function unreachable(db: Kysely<unknown>): Promise<void> {
  await table(db, 'unreachable', { user_id: 'text' }, ['user_id'])
  await sql`
    insert into unreachable (user_id)
    select distinct tokens.user_id from tokens
    join users on users.id = tokens.user_id
    where tokens.state = 'active' and users.state = 'active'
    and not exists (
      select 1 from tokens as other
      join subscriptions on subscriptions.device_id = other.device_id
      where other.user_id = tokens.user_id and other.state = 'active'
    )
  `.execute(db)
}
