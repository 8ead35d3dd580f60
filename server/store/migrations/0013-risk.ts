// From which clients somebody approved before: what is unusual is seen from it.
import type { Kysely } from 'kysely'

export async function risk(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('throttles')
    .addColumn('clients', 'text', (c) => c.notNull().defaultTo('[]'))
    .execute()
}
