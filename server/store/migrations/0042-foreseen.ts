// What a policy would do to people is looked for before it is stored: who approves by one press, who has how many devices.
import { type Kysely, sql } from 'kysely'

export async function foreseen(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('tokens_enhanced')
    .on('tokens')
    .column('user_id')
    .where(sql<boolean>`state = 'active' and approval = 'enhanced'`)
    .execute()
  await db.schema
    .createIndex('tokens_held')
    .on('tokens')
    .columns(['user_id', 'device_id', 'state'])
    .where(sql<boolean>`state <> 'revoked'`)
    .execute()
}
