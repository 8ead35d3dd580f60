// Every table as both engines hold it: ids and JSON are text, times integer milliseconds, flags 0 or 1,
// secrets sealed or hashed text.
import type { Generated, Kysely } from 'kysely'
import type {
  ApplicationId,
  DeviceId,
  EnrolmentId,
  NoticeId,
  RequestId,
  TemporaryPasscodeId,
  TokenId,
  UserId,
} from '../../protocol/ids.ts'
import type {
  Approval,
  Delivery,
  DenialReason,
  NumberDigits,
  Purpose,
  RequestState,
  Unlock,
} from '../../protocol/login-request.ts'
import type { AccountSchema } from './account-tables.ts'
import type { ApplicationSchema } from './application-tables.ts'
import type { AuditSchema } from './audit-tables.ts'
import type { EnrolmentSchema } from './enrolment-tables.ts'
import type { GroupSchema } from './group-tables.ts'
import type { MailSchema } from './mail-tables.ts'
import type { OidcSchema } from './oidc-tables.ts'
import type { OperatorSchema } from './operator-tables.ts'
import type { PolicySchema } from './policy-tables.ts'
import type { RadiusSchema } from './radius-tables.ts'
import type { SiteSchema } from './site-tables.ts'
import type { WatchSchema } from './watch-tables.ts'

/** One per name: what this installation made for itself (VAPID keys, cookie keys, organisation …). */
type SettingsTable = { name: string; value: string }

export type UsersTable = {
  id: UserId
  username: string
  /** what names are compared by */
  username_key: string
  display_name: string
  email: string | null
  /** argon2id, PHC string; null: no sign-in by password */
  password_hash: string | null
  created_at: number
  /** suspended: signs in nowhere, keeps everything */
  state: Generated<'active' | 'suspended'>
  /** rises with every change of the row */
  version: Generated<number>
  /** what a directory that provisions them calls them */
  external_id: Generated<string | null>
  /** the parts of the name, where a directory that provisions them has told them */
  given_name: Generated<string | null>
  family_name: Generated<string | null>
  /** when what is shown of them last changed */
  changed_at: Generated<number>
}

/** What slows an attacker down, counted per user; `version` serialises everything that depends on the counts. */
export type ThrottlesTable = {
  user_id: UserId
  version: number
  refusals: number
  unanswered: number
  push_paused_until: number
  passcode_failures: number
  passcodes_locked_until: number
  /** JSON array of places this user approved from, newest last */
  places: string
  /** the same of clients: 'Chrome on Windows' */
  clients: string
  /** when they denied or reported last */
  denied_at: number
}

export type ApplicationsTable = {
  id: ApplicationId
  name: string
  created_at: number
  client_id: string | null
  /** sealed */
  client_secret: string | null
  /** JSON array */
  redirect_uris: string
  /** rises with every change of the row and of its keys */
  version: number
  /** what people read on the login page */
  login_text: string | null
  /** by its hash, in application_icons */
  icon: string | null
  /** only members of application_groups may sign in */
  restricted: number
  /** sealed; good until then too */
  previous_client_secret: string | null
  previous_secret_until: number | null
  /** to the minute: an authorization was begun, a code was exchanged */
  oidc_asked_at: number | null
  oidc_used_at: number | null
  /** JSON: what it has set of protocol/operator-api/oidc-client.ts */
  oidc_settings: string
}

export type ApiKeysTable = {
  hash: string
  application_id: ApplicationId
  created_at: number
  /** to the minute */
  last_used_at: number | null
}

/** What a token asks for, as columns. */
export type PolicyColumns = {
  label: string
  unlock: Unlock
  approval: Approval
  number_matching: number
  number_digits: NumberDigits
  otp_digits: 6 | 8
  otp_period: 30 | 60
}

export type EnrolmentsTable = PolicyColumns & {
  id: EnrolmentId
  user_id: UserId
  code_lookup: string
  /** sealed PKCS #8; null once used or expired */
  server_private_key: string | null
  server_key: string
  created_at: number
  expires_at: number
  wrong_passcodes: number
  activated_at: number | null
  /** SHA-256 over device key and agreement key of the activation, and its answer, for a repeated call */
  activated_with: string | null
  answer: string | null
  /** of a device of the person's own; null: the organisation made it */
  made_by_token: TokenId | null
}

export type DevicesTable = {
  id: DeviceId
  name: string
  platform: string
  /** public JWK */
  key: string
  /** RFC 7638 */
  key_thumbprint: string
  state: 'active' | 'revoked'
  created_at: number
}

export type TokensTable = PolicyColumns & {
  id: TokenId
  user_id: UserId
  device_id: DeviceId
  state: 'active' | 'suspended' | 'revoked'
  /** sealed */
  totp_key: string
  /** sealed */
  ocra_key: string
  drift: number
  last_step: number
  created_at: number
  last_used_at: number | null
}

export type SubscriptionsTable = {
  device_id: DeviceId
  endpoint: string
  p256dh: string
  auth: string
  /** the public VAPID key it was made with */
  vapid_key: string
  created_at: number
}

/** Whom a request was sent to. */
export type Target = { token: TokenId; device: DeviceId; unlock: Unlock; approval: Approval }

export type LoginRequestsTable = {
  id: RequestId
  version: number
  state: RequestState
  reason: DenialReason | null
  delivery: Delivery
  user_id: UserId
  /** as stored when the request was made: part of the binding */
  username: string
  application_id: ApplicationId
  application_name: string
  purpose: Purpose
  nonce: string
  /** JSON, sent byte for byte ever after */
  context: string
  /** JSON array of Target */
  targets: string
  number_digits: NumberDigits | null
  /** sealed; null once redeemed or over */
  number: string | null
  secret_hash: string
  /** sealed; null once redeemed or over */
  passcode: string | null
  wrong_passcodes: number
  wrong_redeems: number
  decided_by_token: TokenId | null
  decided_by_device: DeviceId | null
  number_matched: number
  created_at: number
  expires_at: number
  settled_at: number | null
  /** end of the redeem window */
  redeem_until: number | null
  redeemed_at: number | null
}

/** Decisions that changed something, with the signed statement as evidence and the answer for its repetition. */
export type DecisionsTable = {
  device_id: DeviceId
  jti: string
  request_id: RequestId
  jws: string
  /** JSON: what the statement was about */
  binding: string
  status: number
  /** JSON */
  answer: string
  at: number
}

export type UsedProofsTable = { device_id: DeviceId; jti: string; expires_at: number }

export type IdempotencyTable = {
  application_id: ApplicationId
  key: string
  body_hash: string
  request_id: RequestId
  /** sealed: the whole first answer, until the request is final */
  answer: string | null
  /** the same without secret and number */
  public_answer: string
  expires_at: number
}

/** One row a call that counts against a limit. */
export type HitsTable = { bucket: string; at: number }

export type OutboxTable = {
  id: string
  kind: 'login-request' | 'settled' | 'notice' | 'test'
  device_id: DeviceId
  /** null for a notice and for a test */
  request_id: RequestId | null
  /** of a notice only */
  notice_id?: NoticeId | null
  /** not before */
  due_at: number
  /** given up at */
  expires_at: number
  attempts: number
  /** a process that claimed it and fell silent loses it then */
  claimed_until: number
}

export type AuditTable = {
  seq: Generated<number>
  at: number
  kind: string
  user_id: UserId | null
  request_id: RequestId | null
  device_id: DeviceId | null
  application_id: ApplicationId | null
  /** the operator or API token whose doing it was */
  actor_id: string | null
  /** JSON, never a secret */
  detail: string
  /** in the chain; null until it is sealed */
  position: Generated<number | null>
  /** JSON: what is left of the decision of somebody who was removed before this was sealed */
  evidence: Generated<string | null>
}

/** Events to be delivered to the organisation. */
export type SecurityEventsTable = {
  id: string
  kind: string
  at: number
  user_id: UserId | null
  /** JSON */
  detail: string
  delivered_at: number | null
}

/** A sign-in under way at the hosted login page. */
export type SignInsTable = {
  /** SHA-256 of the cookie */
  id: string
  /** the interaction it serves */
  interaction: string
  user_id: UserId
  application_id: ApplicationId
  /** the request in flight and, sealed, its secret */
  request_id: RequestId | null
  request_secret: string | null
  /** JSON once the sign-in is complete: amr, passcode shown, when */
  outcome: string | null
  created_at: number
  expires_at: number
}

/** Everything oidc-provider keeps (sessions, codes, grants, interactions …). */
export type OidcArtifactsTable = {
  kind: string
  id: string
  payload: string
  grant_id: string | null
  /** of former releases */
  uid: string | null
  user_code: string | null
  consumed_at: number | null
  expires_at: number | null
  /** hashed: whose sign-in it is of */
  account_id: string | null
}

/** @see migrations/0015-desk.ts */
type TemporaryPasscodesTable = {
  id: TemporaryPasscodeId
  user_id: UserId
  /** sealed */
  passcode: string
  once: number
  created_at: number
  expires_at: number
  /** used, withdrawn, or followed by another */
  ended_at: number | null
}

export type Schema = {
  settings: SettingsTable
  users: UsersTable
  throttles: ThrottlesTable
  applications: ApplicationsTable
  api_keys: ApiKeysTable
  enrolments: EnrolmentsTable
  devices: DevicesTable
  tokens: TokensTable
  subscriptions: SubscriptionsTable
  login_requests: LoginRequestsTable
  decisions: DecisionsTable
  used_proofs: UsedProofsTable
  idempotency: IdempotencyTable
  hits: HitsTable
  outbox: OutboxTable
  audit: AuditTable
  security_events: SecurityEventsTable
  sign_ins: SignInsTable
  oidc_artifacts: OidcArtifactsTable
  temporary_passcodes: TemporaryPasscodesTable
} & ApplicationSchema &
  OidcSchema &
  OperatorSchema &
  AccountSchema &
  AuditSchema &
  WatchSchema &
  GroupSchema &
  MailSchema &
  EnrolmentSchema &
  SiteSchema &
  PolicySchema &
  RadiusSchema

/** The queries of a room take this: the committed state, or a transaction under way. */
export type Db = Kysely<Schema>
