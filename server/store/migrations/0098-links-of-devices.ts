// Which token made a link for a further device: it ends with it.
import type { Kysely } from 'kysely'

export async function linksOfDevices(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('enrolments').addColumn('made_by_token', 'text').execute()
}
