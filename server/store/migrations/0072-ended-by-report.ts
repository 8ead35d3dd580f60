// What a report ended, for whoever acts on it.
import type { Kysely } from 'kysely'

export async function endedByReport(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('reports').addColumn('ended', 'text').execute()
}
