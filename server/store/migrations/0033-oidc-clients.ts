// What an application is to the OpenID provider, the sign-ins that it was given, and whom to tell when they end.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function oidcClients(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('applications')
    .addColumn('oidc_settings', 'text', (c) => c.notNull().defaultTo('{}'))
    .execute()
  await table(
    db,
    'handed_sign_ins',
    {
      sid: 'text',
      user_id: 'text',
      application_id: 'text',
      request_id: 'text?',
      grant_id: 'text',
      at: 'bigint',
      expires_at: 'bigint',
    },
    ['sid'],
  )
  await index(db, 'handed_sign_ins', ['user_id'])
  await index(db, 'handed_sign_ins', ['request_id'])
  await index(db, 'handed_sign_ins', ['grant_id'])
  await index(db, 'handed_sign_ins', ['expires_at'])
  await table(
    db,
    'oidc_notices',
    {
      id: 'text',
      kind: 'text',
      application_id: 'text',
      user_id: 'text',
      subject: 'text',
      due_at: 'bigint',
      attempts: 'bigint',
      claimed_until: 'bigint',
      expires_at: 'bigint',
    },
    ['id'],
  )
  await index(db, 'oidc_notices', ['due_at'])
  await index(db, 'oidc_notices', ['user_id'])
  await table(
    db,
    'registration_tokens',
    { hash: 'text', created_at: 'bigint', expires_at: 'bigint', used_at: 'bigint?' },
    ['hash'],
  )
}
