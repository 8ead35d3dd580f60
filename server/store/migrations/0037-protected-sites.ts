// Web sites without a login of their own, behind a proxy that asks here: who is signed in to them, and who is about to be.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function protectedSites(db: Kysely<unknown>): Promise<void> {
  await table(db, 'protected_sites', { origin: 'text', application_id: 'text' }, ['origin'])
  await index(db, 'protected_sites', ['application_id'])
  await table(
    db,
    'site_visits',
    {
      id: 'text',
      origin: 'text',
      application_id: 'text',
      way_back: 'text',
      browser: 'text',
      visitor: 'text?',
      user_id: 'text?',
      code: 'text?',
      expires_at: 'bigint',
    },
    ['id'],
  )
  await index(db, 'site_visits', ['expires_at'])
  await index(db, 'site_visits', ['user_id'])
  await table(
    db,
    'site_sessions',
    {
      id: 'text',
      origin: 'text',
      application_id: 'text',
      user_id: 'text',
      created_at: 'bigint',
      seen_at: 'bigint',
      expires_at: 'bigint',
    },
    ['id'],
  )
  await index(db, 'site_sessions', ['user_id'])
  await index(db, 'site_sessions', ['expires_at'])
}
