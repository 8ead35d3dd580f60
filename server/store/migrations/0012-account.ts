// What people are told about their account, and what they look after themselves.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function account(db: Kysely<unknown>): Promise<void> {
  await notices(db)
  await table(db, 'recovery_codes', { user_id: 'text', hash: 'text', created_at: 'bigint', used_at: 'bigint?' }, [
    'user_id',
    'hash',
  ])
  await table(db, 'notice_addresses', { user_id: 'text', place: 'bigint', address: 'text', created_at: 'bigint' }, [
    'user_id',
    'place',
  ])
  await table(
    db,
    'account_sessions',
    { id: 'text', user_id: 'text', created_at: 'bigint', seen_at: 'bigint', expires_at: 'bigint' },
    ['id'],
  )
  await index(db, 'account_sessions', ['user_id'])
  await index(db, 'account_sessions', ['expires_at'])
  await table(db, 'account_visits', { id: 'text', browser: 'text', expires_at: 'bigint' }, ['id'])
  await index(db, 'account_visits', ['expires_at'])
}

async function notices(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'notices',
    {
      id: 'text',
      user_id: 'text',
      kind: 'text',
      at: 'bigint',
      device_id: 'text?',
      token_id: 'text?',
      detail: 'text',
      told: 'text',
      reported_at: 'bigint?',
    },
    ['id'],
  )
  await index(db, 'notices', ['user_id', 'at'])
  await index(db, 'notices', ['at'])
  await db.schema.alterTable('outbox').addColumn('notice_id', 'text').execute()
  await db.schema.alterTable('reports').addColumn('notice_id', 'text').execute()
}
