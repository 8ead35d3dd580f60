// Mails to be delivered, and their templates as operators have changed them.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function mail(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'mails',
    {
      id: 'text',
      template: 'text',
      recipient: 'text',
      user_id: 'text?',
      about: 'text?',
      sealed_values: 'text?',
      state: 'text',
      attempts: 'bigint',
      due_at: 'bigint',
      claimed_until: 'bigint',
      tried_at: 'bigint?',
      created_at: 'bigint',
      expires_at: 'bigint',
      finished_at: 'bigint?',
      error: 'text?',
    },
    ['id'],
  )
  await db.schema
    .createIndex('mails_waiting')
    .on('mails')
    .column('due_at')
    .where('state' as never, '=', 'waiting' as never)
    .execute()
  await index(db, 'mails', ['tried_at'])
  await index(db, 'mails', ['created_at', 'id'])
  await index(db, 'mails', ['state', 'created_at'])
  await index(db, 'mails', ['user_id'])
  await index(db, 'mails', ['about'])
  await table(
    db,
    'mail_templates',
    { name: 'text', version: 'bigint', subject: 'text?', body: 'text?', changed_at: 'bigint' },
    ['name'],
  )
}
