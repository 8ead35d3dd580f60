// What is let go of when its time is over is found by its age, and by what still needs it.
import type { Kysely } from 'kysely'
import { index } from './tables.ts'

export async function retention(db: Kysely<unknown>): Promise<void> {
  // Written when an entry becomes part of the chain, in the background: who signs in pays nothing for it.
  await db.schema
    .createIndex('audit_position')
    .on('audit')
    .column('position')
    .where('position' as never, 'is not', null)
    .execute()
  await index(db, 'webhook_deliveries', ['event_id'])
}
