// The audit log as people read it, newest first; and what the ids in it are called today.
import * as z from 'zod/mini'
import type { AuditFilterCall } from '../../protocol/operator-api/audit.ts'
import { usernameKey } from '../../protocol/text.ts'
import { cursorTo, placeIn } from '../store/cursor.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { type AuditFilter, filtered } from './filter.ts'

export const PAGE = 50

const place = z.strictObject({ at: z.int(), position: z.int() })
export type AuditRow = Awaited<ReturnType<typeof listAudit>>['rows'][number]

/** @param cursor of the page before @throws {Problem} invalid */
export async function listAudit({ store }: { store: Store }, filter: AuditFilter, cursor?: string) {
  const after = cursor === undefined ? undefined : placeIn(cursor, place)
  const query = store.read
    .selectFrom('audit_seals')
    .innerJoin('audit', 'audit.seq', 'audit_seals.seq')
    .select(['audit_seals.position', 'audit_seals.hash', 'audit_seals.erased', 'audit_seals.evidence'])
    .select(['audit.at', 'audit.kind', 'audit.user_id', 'audit.request_id', 'audit.device_id'])
    .select(['audit.application_id', 'audit.actor_id', 'audit.detail'])
  let page = filtered(query as never, filter) as typeof query
  if (after) {
    page = page.where(({ eb, or, and }) =>
      or([
        eb('audit_seals.at', '<', after.at),
        and([eb('audit_seals.at', '=', after.at), eb('audit_seals.position', '<', after.position)]),
      ]),
    )
    // Says the same again, so that the index is entered where the page begins.
    page = page.where('audit_seals.at', '<=', after.at)
  }
  const rows = await page
    .orderBy('audit_seals.at', 'desc')
    .orderBy('audit_seals.position', 'desc')
    .limit(PAGE + 1)
    .execute()
  const shown = rows.slice(0, PAGE)
  const last = shown.at(-1)
  return { rows: shown, next: rows.length > PAGE && last ? cursorTo({ at: last.at, position: last.position }) : null }
}

/** By id; who or what is gone has no name. */
export async function namesIn(db: Db, rows: readonly AuditRow[]): Promise<Record<string, string>> {
  const ids = <T>(of: (row: AuditRow) => T | null) => [...new Set(rows.flatMap((row) => of(row) ?? []))] as T[]
  const users = ids((row) => row.user_id)
  const applications = ids((row) => row.application_id)
  const devices = ids((row) => row.device_id)
  const found = await Promise.all([
    users.length === 0
      ? []
      : db.selectFrom('users').select(['id', 'username as name']).where('id', 'in', users).execute(),
    applications.length === 0
      ? []
      : db.selectFrom('applications').select(['id', 'name']).where('id', 'in', applications).execute(),
    devices.length === 0 ? [] : db.selectFrom('devices').select(['id', 'name']).where('id', 'in', devices).execute(),
  ])
  return Object.fromEntries(found.flat().map(({ id, name }) => [id, name]))
}

/** Nobody's entries: what a user name that belongs to nobody finds. */
const NOBODY = 'usr_'

/** A filter as people give it: times as they are written, and a person by an id or a user name. */
export async function filterMeant(
  db: Db,
  { from, to, user, kind, application, actor, act }: AuditFilterCall,
): Promise<AuditFilter> {
  return {
    kind,
    application,
    actor,
    act,
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
    user: user === undefined ? undefined : ((await userMeant(db, user)) ?? NOBODY),
  }
}

async function userMeant(db: Db, text: string): Promise<string | undefined> {
  if (text.startsWith('usr_')) return text
  const row = await db.selectFrom('users').select('id').where('username_key', '=', usernameKey(text)).executeTakeFirst()
  return row?.id
}
