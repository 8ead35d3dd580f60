// Which requests of RADIUS clients were heard, so that one that was recorded is known again.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function radiusHeard(db: Kysely<unknown>): Promise<void> {
  await table(db, 'radius_heard', { id: 'text', expires_at: 'bigint' }, ['id'])
  await index(db, 'radius_heard', ['expires_at'])
}
