// Who made a registration token is who let the application in that used it.
import type { Kysely } from 'kysely'

export async function registrationMaker(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('registration_tokens').addColumn('made_by', 'text').execute()
}
