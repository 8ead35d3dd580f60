// The decision behind an entry of somebody who was removed before the entry was sealed.
import type { Kysely } from 'kysely'

export async function keptEvidence(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('audit').addColumn('evidence', 'text').execute()
}
