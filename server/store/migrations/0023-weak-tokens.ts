// Whose tokens have no lock: looked for before a policy asks everybody for one.
import { type Kysely, sql } from 'kysely'

export async function weakTokens(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('tokens_weak')
    .on('tokens')
    .column('user_id')
    .where(sql<boolean>`state = 'active' and unlock <> 'webauthn'`)
    .execute()
}
