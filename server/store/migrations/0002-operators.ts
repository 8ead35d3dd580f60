// Operators, what they sign in with, and who did what in the audit log.
import type { Kysely } from 'kysely'
import { type EngineColumns, index, table } from './tables.ts'

/** Rises with every change that could leave nobody in charge. */
export const OWNERS_VERSION = 'owners-version'

export async function operators(db: Kysely<unknown>, engine: EngineColumns): Promise<void> {
  await table(
    db,
    'operators',
    {
      id: 'text',
      name: 'text',
      name_key: 'text?',
      role: 'text',
      version: 'bigint',
      invited_by: 'text',
      created_at: 'bigint',
      last_sign_in_at: 'bigint?',
      removed_at: 'bigint?',
    },
    ['id'],
  )
  await index(db, 'operators', ['name_key'], true)
  await table(
    db,
    'operator_invitations',
    { hash: 'text', operator_id: 'text', created_at: 'bigint', expires_at: 'bigint', used_at: 'bigint?' },
    ['hash'],
  )
  await index(db, 'operator_invitations', ['operator_id'])
  await table(
    db,
    'operator_passkeys',
    {
      id: 'text',
      operator_id: 'text',
      name: 'text',
      public_key: 'text',
      counter: 'bigint',
      transports: 'text',
      synced: 'bigint',
      created_at: 'bigint',
      last_used_at: 'bigint?',
    },
    ['id'],
  )
  await index(db, 'operator_passkeys', ['operator_id'])
  await table(
    db,
    'operator_sessions',
    {
      id: 'text',
      operator_id: 'text',
      passkey_id: 'text',
      created_at: 'bigint',
      last_seen_at: 'bigint',
      verified_at: 'bigint',
      expires_at: 'bigint',
    },
    ['id'],
  )
  await index(db, 'operator_sessions', ['operator_id'])
  await index(db, 'operator_sessions', ['expires_at'])
  await table(db, 'operator_challenges', { hash: 'text', expires_at: 'bigint' }, ['hash'])
  await index(db, 'operator_challenges', ['expires_at'])
  await table(
    db,
    'api_tokens',
    {
      id: 'text',
      hash: 'text',
      name: 'text',
      role: 'text',
      operator_id: 'text?',
      created_at: 'bigint',
      expires_at: 'bigint',
      last_used_at: 'bigint?',
    },
    ['id'],
  )
  await index(db, 'api_tokens', ['hash'], true)
  await index(db, 'api_tokens', ['operator_id'])
  await db.schema.alterTable('audit').addColumn('actor_id', 'text').execute()
  await engine.bytewise(db, 'users', 'username_key')
  await (db as Kysely<{ settings: { name: string; value: string } }>)
    .insertInto('settings')
    .values({ name: OWNERS_VERSION, value: '0' })
    .execute()
}
