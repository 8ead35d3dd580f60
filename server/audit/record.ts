// What happened, for those who must be able to find out later: rows are only ever added.
import { randomBytes } from 'node:crypto'
import { type ApplicationId, type DeviceId, newId, type RequestId, type UserId } from '../../protocol/ids.ts'
import { prepared } from '../store/prepared.ts'
import type { AuditTable, Db } from '../store/schema.ts'
import type { Actor } from './actor.ts'

/** What the organisation is told about, beyond the audit log. */
export const SECURITY_EVENTS = [
  'report',
  'approved-by-mistake',
  'push-paused',
  'passcodes-locked',
  'passwords-limited',
  'wrong-number',
  'token-activated',
  'token-revoked',
  'device-revoked',
  'operator-signed-in',
  'operator-joined',
  'operator-invited',
  'operator-link-renewed',
  'operator-role-changed',
  'passkey-added',
  'invitation-refused',
  'passkey-cloned',
  'api-token-made',
  'api-key-created',
  'client-secret-rotated',
  'oidc-keys-rotated',
  'webhook-added',
  'webhook-failed',
  'retention-changed',
  'radius-client-added',
  'radius-secret-rotated',
  'temporary-passcode-issued',
  'policy-changed',
  'address-unblocked',
  'sign-in-notice-written',
  'audit-log-taken-back',
] as const
export type SecurityEventKind = (typeof SECURITY_EVENTS)[number]

/** What is in the audit log alone. */
export const ENTRIES = [
  'user-added',
  'users-imported',
  'users-exported',
  'audit-exported',
  'tokens-exported',
  'directory-tried',
  'password-set',
  'user-changed',
  'user-suspended',
  'user-resumed',
  'user-removed',
  'password-cleared',
  'push-resumed',
  'sessions-revoked',
  'address-blocked',
  'report-taken',
  'report-noted',
  'report-closed',
  'sign-taken',
  'sign-closed',
  'group-added',
  'group-changed',
  'group-removed',
  'group-member-added',
  'group-member-removed',
  'application-added',
  'registration-token-made',
  'application-changed',
  'application-removed',
  'api-key-revoked',
  'radius-client-changed',
  'radius-client-removed',
  'webhook-changed',
  'webhook-removed',
  'webhook-secret-rotated',
  'webhook-replayed',
  'key-rotated',
  'sign-in-notice-cleared',
  'enrolment-created',
  'enrolment-withdrawn',
  'token-suspended',
  'token-resumed',
  'requested',
  'approved',
  'denied',
  'expired',
  'cancelled',
  'redeemed',
  'passcode-accepted',
  'passcode-refused',
  'passcodes-unlocked',
  'temporary-passcode-ended',
  'caller-asked',
  'signed-in',
  'signed-out',
  'sign-in-failed',
  'sign-in-refused',
  'operator-removed',
  'operator-signed-out',
  'passkey-renamed',
  'passkey-removed',
  'api-token-revoked',
  'recovery-codes-made',
  'recovery-code-used',
  'recovery-codes-ended',
  'notice-addresses-changed',
  'notice-address-confirmed',
  'mail-template-changed',
  'test-mail-sent',
  'log-level-changed',
] as const
export type AuditKind = SecurityEventKind | (typeof ENTRIES)[number]

export type AuditEntry<Kind extends AuditKind = AuditKind> = {
  at: number
  kind: Kind
  user?: UserId | null
  request?: RequestId | null
  device?: DeviceId | null
  application?: ApplicationId | null
  /** the person or program of the organisation whose doing it was */
  by?: Actor
  /** never a secret: the log is read by more people than the store */
  detail?: Record<string, unknown>
}

type Recorded = Omit<AuditTable, 'seq' | 'position' | 'evidence'>

const insert = prepared(
  (db, { at, kind, user_id, request_id, device_id, application_id, actor_id, detail }: Recorded) =>
    db.insertInto('audit').values({ at, kind, user_id, request_id, device_id, application_id, actor_id, detail }),
)

export async function record(tx: Db, entry: AuditEntry): Promise<void> {
  await insert(tx, rowOf(entry))
}

/** Many at once, in this order. */
export async function recordAll(tx: Db, entries: readonly AuditEntry[]): Promise<void> {
  await tx.insertInto('audit').values(entries.map(rowOf)).execute()
}

function rowOf(entry: AuditEntry): Recorded {
  return {
    at: entry.at,
    kind: entry.kind,
    user_id: entry.user ?? null,
    request_id: entry.request ?? null,
    device_id: entry.device ?? null,
    application_id: entry.application ?? null,
    actor_id: entry.by?.id ?? null,
    detail: JSON.stringify(detailOf(entry)),
  }
}

/** With who did it, as they were called then: the log must be readable when they are gone. */
function detailOf({ detail = {}, by }: AuditEntry): Record<string, unknown> {
  if (!by) return detail
  const { act, ...who } = by
  return { ...detail, act, by: who }
}

/** An audit entry that is a security event too; the ids it is about go along, so that it can be read by itself. */
export async function raise(tx: Db, entry: AuditEntry<SecurityEventKind>): Promise<void> {
  await record(tx, entry)
  const { at, kind, user, request, device, application } = entry
  await tx
    .insertInto('security_events')
    .values({
      id: newId('evt', (length) => new Uint8Array(randomBytes(length))),
      kind,
      at,
      user_id: user ?? null,
      detail: JSON.stringify({ request, device, application, ...detailOf(entry) }),
      delivered_at: null,
    })
    .execute()
}
