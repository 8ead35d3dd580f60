// When the recovery code was made that let somebody in to the account page.
import type { Kysely } from 'kysely'

export async function sessionsByCode(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('account_sessions').addColumn('code_made_at', 'bigint').execute()
}
