// What happened, for those who must be able to find out later: rows are only ever added.
import { randomBytes } from 'node:crypto'
import { type ApplicationId, type DeviceId, newId, type RequestId, type UserId } from '../../protocol/ids.ts'
import { prepared } from '../store/prepared.ts'
import type { AuditTable, Db } from '../store/schema.ts'

/** What the organisation is told about, beyond the audit log. */
export type SecurityEventKind =
  | 'report'
  | 'approved-by-mistake'
  | 'push-paused'
  | 'passcodes-locked'
  | 'wrong-number'
  | 'token-activated'
  | 'token-revoked'
  | 'device-revoked'
  | 'operator-signed-in'
  | 'api-key-created'

export type AuditKind =
  | SecurityEventKind
  | 'user-added'
  | 'password-set'
  | 'application-added'
  | 'enrolment-created'
  | 'requested'
  | 'approved'
  | 'denied'
  | 'expired'
  | 'cancelled'
  | 'redeemed'
  | 'passcode-accepted'
  | 'passcode-refused'
  | 'signed-in'
  | 'sign-in-failed'

export type AuditEntry<Kind extends AuditKind = AuditKind> = {
  at: number
  kind: Kind
  user?: UserId | null
  request?: RequestId | null
  device?: DeviceId | null
  application?: ApplicationId | null
  /** never a secret: the log is read by more people than the store */
  detail?: Record<string, unknown>
}

const insert = prepared(
  (db, { at, kind, user_id, request_id, device_id, application_id, detail }: Omit<AuditTable, 'seq'>) =>
    db.insertInto('audit').values({ at, kind, user_id, request_id, device_id, application_id, detail }),
)

export async function record(tx: Db, entry: AuditEntry): Promise<void> {
  await insert(tx, {
    at: entry.at,
    kind: entry.kind,
    user_id: entry.user ?? null,
    request_id: entry.request ?? null,
    device_id: entry.device ?? null,
    application_id: entry.application ?? null,
    detail: JSON.stringify(entry.detail ?? {}),
  })
}

/** An audit entry that is a security event too; the ids it is about go along, so that it can be read by itself. */
export async function raise(tx: Db, entry: AuditEntry<SecurityEventKind>): Promise<void> {
  await record(tx, entry)
  const { at, kind, user, request, device, application, detail } = entry
  await tx
    .insertInto('security_events')
    .values({
      id: newId('evt', (length) => new Uint8Array(randomBytes(length))),
      kind,
      at,
      user_id: user ?? null,
      detail: JSON.stringify({ request, device, application, ...detail }),
      delivered_at: null,
    })
    .execute()
}
