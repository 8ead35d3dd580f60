// What waits for a webhook, and what was given up, is counted and listed without looking at all that was delivered.
import type { Kysely } from 'kysely'
import { index } from './tables.ts'

export async function deliveries(db: Kysely<unknown>): Promise<void> {
  await index(db, 'webhook_deliveries', ['webhook_id', 'state', 'created_at'])
}
