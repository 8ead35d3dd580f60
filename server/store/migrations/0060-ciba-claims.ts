// An answer by CIBA is brought by one process at a time, and by another where that one fell.
import type { Kysely } from 'kysely'

export async function cibaClaims(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('ciba_asked')
    .addColumn('claimed_until', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute()
}
