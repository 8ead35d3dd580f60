// The question whose approval let somebody in to the account page.
import type { Kysely } from 'kysely'

export async function howASessionWasConfirmed(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('account_sessions').addColumn('request_id', 'text').execute()
}
