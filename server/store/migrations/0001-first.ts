// What there was in the beginning: people, their devices, what is asked of these, and what is noted of it.
import type { Kysely } from 'kysely'
import { type Columns, type EngineColumns, index, table } from './tables.ts'

const policy: Columns = {
  label: 'text',
  unlock: 'text',
  approval: 'text',
  number_matching: 'bigint',
  number_digits: 'bigint',
  otp_digits: 'bigint',
  otp_period: 'bigint',
}

export async function first(db: Kysely<unknown>, engine: EngineColumns): Promise<void> {
  await people(db)
  await devices(db)
  await requests(db)
  await records(db, engine)
  await signIns(db)
}

async function people(db: Kysely<unknown>): Promise<void> {
  await table(db, 'settings', { name: 'text', value: 'text' }, ['name'])
  await table(
    db,
    'users',
    {
      id: 'text',
      username: 'text',
      username_key: 'text',
      display_name: 'text',
      email: 'text?',
      password_hash: 'text?',
      created_at: 'bigint',
    },
    ['id'],
  )
  await index(db, 'users', ['username_key'], true)
  await table(
    db,
    'throttles',
    {
      user_id: 'text',
      version: 'bigint',
      refusals: 'bigint',
      unanswered: 'bigint',
      push_paused_until: 'bigint',
      passcode_failures: 'bigint',
      passcodes_locked_until: 'bigint',
      places: 'text',
    },
    ['user_id'],
  )
  await table(
    db,
    'applications',
    {
      id: 'text',
      name: 'text',
      created_at: 'bigint',
      client_id: 'text?',
      client_secret: 'text?',
      redirect_uris: 'text',
    },
    ['id'],
  )
  await index(db, 'applications', ['client_id'], true)
  await table(db, 'api_keys', { hash: 'text', application_id: 'text', created_at: 'bigint' }, ['hash'])
  await index(db, 'api_keys', ['application_id'])
}

async function devices(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'enrolments',
    {
      id: 'text',
      user_id: 'text',
      code_lookup: 'text',
      ...policy,
      server_private_key: 'text?',
      server_key: 'text',
      created_at: 'bigint',
      expires_at: 'bigint',
      wrong_passcodes: 'bigint',
      activated_at: 'bigint?',
      activated_with: 'text?',
      answer: 'text?',
    },
    ['id'],
  )
  await index(db, 'enrolments', ['code_lookup'], true)
  await index(db, 'enrolments', ['expires_at'])
  await table(
    db,
    'devices',
    {
      id: 'text',
      name: 'text',
      platform: 'text',
      key: 'text',
      key_thumbprint: 'text',
      state: 'text',
      created_at: 'bigint',
    },
    ['id'],
  )
  await index(db, 'devices', ['key_thumbprint'], true)
  await table(
    db,
    'tokens',
    {
      id: 'text',
      user_id: 'text',
      device_id: 'text',
      ...policy,
      state: 'text',
      totp_key: 'text',
      ocra_key: 'text',
      drift: 'bigint',
      last_step: 'bigint',
      created_at: 'bigint',
      last_used_at: 'bigint?',
    },
    ['id'],
  )
  await index(db, 'tokens', ['user_id'])
  await index(db, 'tokens', ['device_id'])
  await table(
    db,
    'subscriptions',
    { device_id: 'text', endpoint: 'text', p256dh: 'text', auth: 'text', vapid_key: 'text', created_at: 'bigint' },
    ['device_id'],
  )
}

async function requests(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'login_requests',
    {
      id: 'text',
      version: 'bigint',
      state: 'text',
      reason: 'text?',
      delivery: 'text',
      user_id: 'text',
      username: 'text',
      application_id: 'text',
      application_name: 'text',
      purpose: 'text',
      nonce: 'text',
      context: 'text',
      targets: 'text',
      number_digits: 'bigint?',
      number: 'text?',
      secret_hash: 'text',
      passcode: 'text?',
      wrong_passcodes: 'bigint',
      wrong_redeems: 'bigint',
      decided_by_token: 'text?',
      decided_by_device: 'text?',
      number_matched: 'bigint',
      created_at: 'bigint',
      expires_at: 'bigint',
      settled_at: 'bigint?',
      redeem_until: 'bigint?',
      redeemed_at: 'bigint?',
    },
    ['id'],
  )
  await index(db, 'login_requests', ['user_id', 'created_at'])
  await db.schema
    .createIndex('login_requests_pending')
    .on('login_requests')
    .column('expires_at')
    .where('state' as never, '=', 'pending' as never)
    .execute()
  await db.schema
    .createIndex('login_requests_pending_of')
    .on('login_requests')
    .column('user_id')
    .where('state' as never, '=', 'pending' as never)
    .execute()
  await db.schema
    .createIndex('login_requests_unredeemed')
    .on('login_requests')
    .column('redeem_until')
    .where('passcode' as never, 'is not', null as never)
    .execute()
  await table(
    db,
    'decisions',
    {
      device_id: 'text',
      jti: 'text',
      request_id: 'text',
      jws: 'text',
      binding: 'text',
      status: 'bigint',
      answer: 'text',
      at: 'bigint',
    },
    ['device_id', 'jti'],
  )
  await table(db, 'used_proofs', { device_id: 'text', jti: 'text', expires_at: 'bigint' }, ['device_id', 'jti'])
  await index(db, 'used_proofs', ['expires_at'])
  await table(
    db,
    'idempotency',
    {
      application_id: 'text',
      key: 'text',
      body_hash: 'text',
      request_id: 'text',
      answer: 'text?',
      public_answer: 'text',
      expires_at: 'bigint',
    },
    ['application_id', 'key'],
  )
  await index(db, 'idempotency', ['request_id'])
  await index(db, 'idempotency', ['expires_at'])
  await table(
    db,
    'outbox',
    {
      id: 'text',
      kind: 'text',
      device_id: 'text',
      request_id: 'text?',
      due_at: 'bigint',
      expires_at: 'bigint',
      attempts: 'bigint',
      claimed_until: 'bigint',
    },
    ['id'],
  )
  await index(db, 'outbox', ['due_at'])
}

async function records(db: Kysely<unknown>, engine: EngineColumns): Promise<void> {
  await db.schema.createTable('hits').addColumn('bucket', 'text').addColumn('at', 'bigint').execute()
  await index(db, 'hits', ['bucket', 'at'])
  await index(db, 'hits', ['at'])
  let audit = db.schema.createTable('audit').addColumn('seq', engine.risingType, engine.rising)
  for (const column of ['kind', 'detail']) audit = audit.addColumn(column, 'text', (c) => c.notNull())
  for (const column of ['user_id', 'request_id', 'device_id', 'application_id']) audit = audit.addColumn(column, 'text')
  await audit.addColumn('at', 'bigint', (c) => c.notNull()).execute()
  await table(
    db,
    'security_events',
    { id: 'text', kind: 'text', at: 'bigint', user_id: 'text?', detail: 'text', delivered_at: 'bigint?' },
    ['id'],
  )
}

async function signIns(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'sign_ins',
    {
      id: 'text',
      interaction: 'text',
      user_id: 'text',
      application_id: 'text',
      request_id: 'text?',
      request_secret: 'text?',
      outcome: 'text?',
      created_at: 'bigint',
      expires_at: 'bigint',
    },
    ['id'],
  )
  await index(db, 'sign_ins', ['expires_at'])
  await table(
    db,
    'oidc_artifacts',
    {
      kind: 'text',
      id: 'text',
      payload: 'text',
      grant_id: 'text?',
      uid: 'text?',
      user_code: 'text?',
      consumed_at: 'bigint?',
      expires_at: 'bigint?',
    },
    ['kind', 'id'],
  )
  await index(db, 'oidc_artifacts', ['grant_id'])
  await index(db, 'oidc_artifacts', ['uid'])
  await index(db, 'oidc_artifacts', ['expires_at'])
}
