// What a webhook is told, composed when it is sent: of a person who was removed meanwhile there is the id alone.
import { timestamp } from '../../protocol/login-request.ts'
import { entryOf } from '../audit/chain/seal.ts'
import type { Db } from '../store/schema.ts'
import type { DeliveryRow } from './rows.ts'

/** Entries of the audit log that are no security events have no id of their own. */
export const auditEventId = (chain: string, position: number) => `aud_${chain.slice(0, 12)}_${position}`

/** @returns the body; undefined where the event is gone from the store */
export async function bodyOf(db: Db, delivery: DeliveryRow): Promise<string | undefined> {
  const event = await eventOf(db, delivery)
  return event && JSON.stringify(event)
}

async function eventOf(db: Db, { kind, event_id: id, created_at: at, webhook_id: webhook }: DeliveryRow) {
  if (kind === 'test') return { type: kind, timestamp: timestamp(at), data: { webhook } }
  const position = /^aud_.*_(\d+)$/.exec(id)?.[1]
  return position === undefined ? securityEvent(db, id) : auditEvent(db, Number(position))
}

async function securityEvent(db: Db, id: string) {
  const row = await db.selectFrom('security_events').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) return undefined
  const { request, device, application, ...detail } = JSON.parse(row.detail) as Record<string, unknown>
  const about = { user: row.user_id, request, device, application }
  return { type: row.kind, timestamp: timestamp(row.at), data: { ...(await named(db, about)), detail } }
}

async function auditEvent(db: Db, position: number) {
  const row = await db.selectFrom('audit').selectAll().where('position', '=', position).executeTakeFirst()
  if (!row) return undefined
  const { kind, at, detail, user, request, device, application } = entryOf(row, null)
  const data = { position, ...(await named(db, { user, request, device, application })), detail }
  return { type: kind, timestamp: at, data }
}

type About = { user: string | null; request: unknown; device: unknown; application: unknown }

async function named(db: Db, { user, request, device, application }: About) {
  const known =
    user === null
      ? undefined
      : await db
          .selectFrom('users')
          .select('username')
          .where('id', '=', user as never)
          .executeTakeFirst()
  const or = (value: unknown) => value ?? null
  return {
    user,
    username: known?.username ?? null,
    request: or(request),
    device: or(device),
    application: or(application),
  }
}
