// The queries of notices.
import type { DeviceId, NoticeId, UserId } from '../../protocol/ids.ts'
import type { NoticesTable } from '../store/account-tables.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

export type NoticeRow = NoticesTable
export type NamedNotice = NoticeRow & { username: string }

/** How many rows a purge removes at most, so that it never holds the store for long. */
const MOST_PURGED = 1000

export async function insertNotice(tx: Db, row: NoticeRow): Promise<void> {
  await tx.insertInto('notices').values(row).execute()
}

const named = (db: Db) =>
  db
    .selectFrom('notices')
    .innerJoin('users', 'users.id', 'notices.user_id')
    .selectAll('notices')
    .select('users.username')

export function noticeById(db: Db, id: NoticeId): Promise<NamedNotice | undefined> {
  return named(db).where('notices.id', '=', id).executeTakeFirst()
}

/** Newest first. */
export async function noticesOf(db: Db, users: readonly UserId[], most: number): Promise<NamedNotice[]> {
  if (users.length === 0) return []
  return named(db)
    .where('notices.user_id', 'in', users)
    .orderBy('notices.at', 'desc')
    .orderBy('notices.id', 'desc')
    .limit(most)
    .execute()
}

/** Of what a report takes away. */
export const isAddition = (kind: string) => kind === 'device-added' || kind === 'token-added'

/** @returns false where it was reported before */
export async function markReported(tx: Db, id: NoticeId, at: number): Promise<boolean> {
  const result = await tx
    .updateTable('notices')
    .set({ reported_at: at })
    .where('id', '=', id)
    .where('reported_at', 'is', null)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/** Devices that hold a token of this user, and whether one that is active. */
export async function devicesHolding(db: Db, user: UserId): Promise<{ device: DeviceId; active: boolean }[]> {
  const rows = await db
    .selectFrom('tokens')
    .innerJoin('devices', 'devices.id', 'tokens.device_id')
    .select(['tokens.device_id', (e) => e.fn.min('tokens.state').as('best')])
    .where('tokens.user_id', '=', user)
    .where('tokens.state', '!=', 'revoked')
    .where('devices.state', '=', 'active')
    .groupBy('tokens.device_id')
    .orderBy('tokens.device_id')
    .execute()
  // 'active' comes before 'suspended'.
  return rows.map(({ device_id, best }) => ({ device: device_id, active: best === 'active' }))
}

/** Forgets, in small steps, what was told before `before`. @returns how many */
export async function purgeNotices(store: Store, before: number): Promise<number> {
  const old = await store.read.selectFrom('notices').select('id').where('at', '<', before).limit(MOST_PURGED).execute()
  if (old.length === 0) return 0
  const ids = old.map(({ id }) => id)
  await store.write((tx) => tx.deleteFrom('notices').where('id', 'in', ids).execute())
  return old.length
}
