// What operators watch: the latest requests, reports, blocked addresses, and counts by the hour.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function watch(db: Kysely<unknown>): Promise<void> {
  await index(db, 'login_requests', ['created_at', 'id'])
  // Only who is paused or locked is in these: the others' rows, changed at every sign-in, cost nothing.
  await positive(db, 'push_paused_until')
  await positive(db, 'passcodes_locked_until')
  await db.schema.alterTable('oidc_artifacts').addColumn('account_id', 'text').execute()
  await index(db, 'oidc_artifacts', ['account_id'])
  await reports(db)
  await tallies(db)
}

async function positive(db: Kysely<unknown>, column: string): Promise<void> {
  await db.schema
    .createIndex(`throttles_${column}`)
    .on('throttles')
    .column(column)
    .where(column as never, '>', 0 as never)
    .execute()
}

async function reports(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'reports',
    {
      id: 'text',
      version: 'bigint',
      state: 'text',
      at: 'bigint',
      user_id: 'text',
      request_id: 'text',
      device_id: 'text',
      application_id: 'text',
      redeemed: 'bigint',
      mistake: 'bigint',
      taken_at: 'bigint?',
      taken_by: 'text?',
      closed_at: 'bigint?',
      closed_by: 'text?',
      notes: 'text',
    },
    ['id'],
  )
  await index(db, 'reports', ['state', 'at', 'id'])
  await index(db, 'reports', ['user_id'])
  await table(
    db,
    'blocked_addresses',
    { address: 'text', until: 'bigint', reason: 'text', blocked_by: 'text', created_at: 'bigint' },
    ['address'],
  )
  await index(db, 'blocked_addresses', ['until'])
}

async function tallies(db: Kysely<unknown>): Promise<void> {
  await table(db, 'tallies', { hour: 'bigint', application_id: 'text', counts: 'text' }, ['hour', 'application_id'])
  await table(db, 'tally_marks', { name: 'text', at: 'bigint' }, ['name'])
  await table(db, 'push_tallies', { minute: 'bigint', service: 'text', delivered: 'bigint', failed: 'bigint' }, [
    'minute',
    'service',
  ])
}
