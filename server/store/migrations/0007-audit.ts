// The chain over the audit log, and the organisation's webhooks.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function audit(db: Kysely<unknown>): Promise<void> {
  await chain(db)
  await webhooks(db)
}

async function chain(db: Kysely<unknown>): Promise<void> {
  // Null until the entry is part of the chain. Only what still waits is in the index: the sign-in road pays next to
  // nothing for it, and an entry that commits late is found however small its number.
  await db.schema.alterTable('audit').addColumn('position', 'bigint').execute()
  await db.schema
    .createIndex('audit_unsealed')
    .on('audit')
    .column('seq')
    .where('position' as never, 'is', null)
    .execute()
  await table(
    db,
    'audit_seals',
    {
      position: 'bigint',
      seq: 'bigint',
      at: 'bigint',
      kind: 'text',
      user_id: 'text?',
      application_id: 'text?',
      actor_id: 'text?',
      act: 'text?',
      salts: 'text',
      erased: 'text?',
      evidence: 'text?',
      digest: 'text',
      hash: 'text',
    },
    ['position'],
  )
  await index(db, 'audit_seals', ['seq'], true)
  for (const column of ['kind', 'user_id', 'application_id', 'actor_id', 'act']) {
    await index(db, 'audit_seals', [column, 'at', 'position'])
  }
  await index(db, 'audit_seals', ['at', 'position'])
  await table(db, 'audit_chain', { id: 'text', chain: 'text', position: 'bigint', hash: 'text', head: 'text' }, ['id'])
  await table(db, 'audit_cuts', { position: 'bigint', hash: 'text', at: 'bigint', mark: 'text' }, ['position'])
}

async function webhooks(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'webhooks',
    {
      id: 'text',
      version: 'bigint',
      name: 'text',
      url: 'text',
      kinds: 'text',
      secret: 'text',
      previous_secret: 'text?',
      previous_until: 'bigint?',
      state: 'text',
      failing_since: 'bigint?',
      created_at: 'bigint',
    },
    ['id'],
  )
  await table(
    db,
    'webhook_deliveries',
    {
      id: 'text',
      webhook_id: 'text',
      event_id: 'text',
      kind: 'text',
      state: 'text',
      attempts: 'bigint',
      due_at: 'bigint',
      claimed_until: 'bigint',
      created_at: 'bigint',
      expires_at: 'bigint',
      finished_at: 'bigint?',
      status: 'bigint?',
      error: 'text?',
    },
    ['id'],
  )
  await index(db, 'webhook_deliveries', ['webhook_id', 'created_at', 'id'])
  await index(db, 'webhook_deliveries', ['created_at'])
  await db.schema
    .createIndex('webhook_deliveries_due')
    .on('webhook_deliveries')
    .column('due_at')
    .where('state' as never, '=', 'waiting' as never)
    .execute()
  await db.schema
    .createIndex('security_events_undelivered')
    .on('security_events')
    .column('at')
    .where('delivered_at' as never, 'is', null)
    .execute()
  await index(db, 'security_events', ['at', 'id'])
}
