// Signs of an attack on one person, which somebody takes and closes; and when a person last denied.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function signs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('throttles')
    .addColumn('denied_at', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute()
  await table(
    db,
    'signs',
    {
      id: 'text',
      version: 'bigint',
      kind: 'text',
      state: 'text',
      user_id: 'text',
      since: 'bigint',
      at: 'bigint',
      denials: 'bigint',
      taken_at: 'bigint?',
      taken_by: 'text?',
      closed_at: 'bigint?',
      closed_by: 'text?',
    },
    ['id'],
  )
  await index(db, 'signs', ['state', 'kind', 'at', 'id'])
  await index(db, 'signs', ['user_id', 'at'])
  await index(db, 'signs', ['at'])
}
