// Whose typed passcode let somebody in to the account page.
import type { Kysely } from 'kysely'

export async function sessionsByPasscode(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('account_sessions').addColumn('device_id', 'text').execute()
}
