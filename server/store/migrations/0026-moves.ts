// Links that move somebody to a new device: which device goes when the new one is there.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function moves(db: Kysely<unknown>): Promise<void> {
  const columns = { enrolment_id: 'text', user_id: 'text', device_id: 'text', token_id: 'text?' } as const
  await table(db, 'moves', columns, ['enrolment_id'])
  await index(db, 'moves', ['user_id'])
  await index(db, 'moves', ['token_id'])
}
