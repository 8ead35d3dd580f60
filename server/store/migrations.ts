// One set of migrations for both engines; what differs comes in as an argument.
import type { Kysely } from 'kysely'
import type { Steps } from './migrate.ts'
import { operators } from './migrations/0002-operators.ts'
import { groups } from './migrations/0003-groups.ts'
import { enrolments } from './migrations/0004-enrolments.ts'
import { audit } from './migrations/0007-audit.ts'
import { applications } from './migrations/0008-applications.ts'
import { watch } from './migrations/0009-watch.ts'
import { mail } from './migrations/0010-mail.ts'
import { unenrolled } from './migrations/0011-unenrolled.ts'
import { account } from './migrations/0012-account.ts'
import { policies } from './migrations/0013-policies.ts'
import { remembered } from './migrations/0013-remembered.ts'
import { risk } from './migrations/0013-risk.ts'
import { applicationDoors } from './migrations/0014-applications.ts'
import { deliveries } from './migrations/0014-deliveries.ts'
import { retention } from './migrations/0014-retention.ts'
import { webhooks } from './migrations/0014-webhooks.ts'
import { desk } from './migrations/0015-desk.ts'
import { provisioning } from './migrations/0020-provisioning.ts'
import { people as foundPeople } from './migrations/0022-people.ts'
import { weakTokens } from './migrations/0023-weak-tokens.ts'
import { moves } from './migrations/0026-moves.ts'
import { unconfirmed } from './migrations/0027-unconfirmed.ts'
import { radius } from './migrations/0030-radius.ts'
import { oidcClients } from './migrations/0033-oidc-clients.ts'
import { ciba } from './migrations/0034-ciba.ts'
import { entra } from './migrations/0035-entra.ts'
import { protectedSites } from './migrations/0037-protected-sites.ts'
import { wordsOfOne } from './migrations/0038-words-of-one.ts'
import { keptEvidence } from './migrations/0041-kept-evidence.ts'
import { foreseen } from './migrations/0042-foreseen.ts'
import { confirmedAddresses } from './migrations/0043-confirmed-addresses.ts'
import { signs } from './migrations/0056-signs.ts'
import { reportedSignIns } from './migrations/0057-reported-sign-ins.ts'
import { registrationMaker } from './migrations/0059-registration-maker.ts'
import { cibaClaims } from './migrations/0060-ciba-claims.ts'
import { unreachable } from './migrations/0061-unreachable.ts'
import { addressNews } from './migrations/0062-address-news.ts'
import { typedSignIns } from './migrations/0063-typed-sign-ins.ts'
import { plainArtifacts } from './migrations/0065-plain-artifacts.ts'
import { actsOfAKind } from './migrations/0068-acts-of-a-kind.ts'
import { endedByReport } from './migrations/0072-ended-by-report.ts'
import { radiusHeard } from './migrations/0076-radius-heard.ts'
import { allTokens } from './migrations/0080-all-tokens.ts'
import { deviceNames } from './migrations/0081-device-names.ts'
import { copiedPasskeys } from './migrations/0082-copied-passkeys.ts'
import { processes } from './migrations/0088-processes.ts'
import { auditInParts } from './migrations/0089-audit-in-parts.ts'
import { tokensOfTokens } from './migrations/0095-tokens-of-tokens.ts'
import { type Columns, type EngineColumns, index, table } from './migrations/tables.ts'

const policy: Columns = {
  label: 'text',
  unlock: 'text',
  approval: 'text',
  number_matching: 'bigint',
  number_digits: 'bigint',
  otp_digits: 'bigint',
  otp_period: 'bigint',
}

/**
 * Kysely takes them in the order of their names, whatever their place here. A number is set aside when work on a step
 * begins, so some were never used and some stand twice. What `+` and `-` at an end mean is in migrate.ts.
 */
export function migrations(engine: EngineColumns): Steps {
  return {
    '0001-first': { up: (db) => first(db, engine) },
    '0002-operators': { up: (db) => operators(db, engine) },
    '0003-groups': { up: (db) => groups(db, engine) },
    '0004-enrolments': { up: enrolments },
    '0007-audit': { up: audit },
    '0008-applications': { up: applications },
    '0009-watch': { up: watch },
    '0010-mail': { up: mail },
    '0011-unenrolled': { up: unenrolled },
    '0012-account': { up: account },
    '0013-policies': { up: policies },
    '0013-remembered': { up: remembered },
    '0013-risk': { up: risk },
    '0014-applications': { up: applicationDoors },
    '0014-deliveries': { up: deliveries },
    '0014-retention': { up: retention },
    '0014-webhooks': { up: webhooks },
    '0015-desk': { up: desk },
    '0020-provisioning': { up: provisioning },
    '0022-people': { up: foundPeople },
    '0023-weak-tokens': { up: weakTokens },
    '0026-moves': { up: moves },
    '0027-unconfirmed': { up: unconfirmed },
    '0030-radius': { up: radius },
    '0033-oidc-clients': { up: oidcClients },
    '0034-ciba': { up: ciba },
    '0035-entra': { up: entra },
    '0037-protected-sites': { up: protectedSites },
    '0038-words-of-one': { up: wordsOfOne },
    '0041-kept-evidence': { up: keptEvidence },
    '0042-foreseen': { up: foreseen },
    '0043-confirmed-addresses': { up: confirmedAddresses },
    '0056-signs': { up: signs },
    '0057-reported-sign-ins': { up: reportedSignIns },
    '0059-registration-maker': { up: registrationMaker },
    '0060-ciba-claims': { up: cibaClaims },
    '0061-unreachable': { up: unreachable },
    '0065-plain-artifacts': { up: plainArtifacts },
    '0068-acts-of-a-kind+': actsOfAKind(engine),
    '0062-address-news': { up: addressNews },
    '0072-ended-by-report': { up: endedByReport },
    '0076-radius-heard+': { up: radiusHeard },
    '0063-typed-sign-ins+': typedSignIns(engine),
    '0080-all-tokens+': allTokens(engine),
    '0081-device-names+': { up: (db) => deviceNames(db, engine) },
    '0082-copied-passkeys+': { up: copiedPasskeys },
    '0088-processes': processes(engine),
    '0089-audit-in-parts+': auditInParts(engine),
    '0095-tokens-of-tokens+': { up: tokensOfTokens },
  }
}

async function first(db: Kysely<unknown>, engine: EngineColumns): Promise<void> {
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
