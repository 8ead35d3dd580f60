// Applications that operators look after: which version was seen, and when a key was last used.
import type { Kysely } from 'kysely'

export async function applications(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('applications')
    .addColumn('version', 'bigint', (c) => c.notNull().defaultTo(1))
    .execute()
  await db.schema.alterTable('api_keys').addColumn('last_used_at', 'bigint').execute()
}
