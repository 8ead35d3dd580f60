// The queries of login requests.
import type { ApplicationId, DeviceId, RequestId, UserId } from '../../protocol/ids.ts'
import type { Db, Target } from '../store/schema.ts'
import { asOf, type RequestRow } from './state.ts'

export function requestRow(db: Db, id: RequestId): Promise<RequestRow | undefined> {
  return db.selectFrom('login_requests').selectAll().where('id', '=', id).executeTakeFirst()
}

/** For the application that made it; to any other there is no such request. */
export async function requestOfApplication(db: Db, id: RequestId, application: ApplicationId) {
  const row = await requestRow(db, id)
  return row?.application_id === application ? row : undefined
}

/** Pending by the clock, newest first. */
export async function pendingRequests(db: Db, users: readonly UserId[], now: number): Promise<RequestRow[]> {
  if (users.length === 0) return []
  return db
    .selectFrom('login_requests')
    .selectAll()
    .where('user_id', 'in', users)
    .where('state', '=', 'pending')
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
}

/** Requests of a user made after `since`, oldest first: what limits and overdue expiries are seen from. */
export function requestsSince(db: Db, user: UserId, since: number) {
  return db
    .selectFrom('login_requests')
    .select(['id', 'state', 'created_at', 'expires_at', 'number', 'targets'])
    .where('user_id', '=', user)
    .where('created_at', '>', since)
    .orderBy('created_at')
    .execute()
}

export function overdueRequests(db: Db, now: number, most: number): Promise<RequestRow[]> {
  return db
    .selectFrom('login_requests')
    .selectAll()
    .where('state', '=', 'pending')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(most)
    .execute()
}

/** Approved ones whose approval an application could still use. */
export async function unredeemedRequests(db: Db, user: UserId, now: number): Promise<RequestRow[]> {
  return db
    .selectFrom('login_requests')
    .selectAll()
    .where('user_id', '=', user)
    .where('state', '=', 'approved')
    .where('redeemed_at', 'is', null)
    .where('redeem_until', '>', now)
    .execute()
}

export function insertRequest(tx: Db, row: RequestRow) {
  return tx.insertInto('login_requests').values(row).execute()
}

/** Compare-and-set: true for the one writer that found the version it had read. */
export async function replaceRequest(tx: Db, seen: RequestRow, row: RequestRow): Promise<boolean> {
  const changed = await tx
    .updateTable('login_requests')
    .set({
      version: row.version,
      state: row.state,
      reason: row.reason,
      delivery: row.delivery,
      number: row.number,
      passcode: row.passcode,
      wrong_passcodes: row.wrong_passcodes,
      wrong_redeems: row.wrong_redeems,
      decided_by_token: row.decided_by_token,
      decided_by_device: row.decided_by_device,
      number_matched: row.number_matched,
      settled_at: row.settled_at,
      redeem_until: row.redeem_until,
      redeemed_at: row.redeemed_at,
    })
    .where('id', '=', row.id)
    .where('version', '=', seen.version)
    .executeTakeFirst()
  return changed.numUpdatedRows === 1n
}

/** Number and passcode of approvals that nobody redeemed in time. */
export function eraseOverdueSecrets(tx: Db, now: number) {
  return tx
    .updateTable('login_requests')
    .set({ passcode: null, number: null })
    .where('passcode', 'is not', null)
    .where('redeem_until', '<=', now)
    .execute()
}

export function targetsOf(row: Pick<RequestRow, 'targets'>): Target[] {
  return JSON.parse(row.targets) as Target[]
}

export function targetOn(row: Pick<RequestRow, 'targets'>, device: DeviceId): Target | undefined {
  return targetsOf(row).find((target) => target.device === device)
}

/** The user's requests that went to this device and are over, newest first. @param before a creation time and id */
export async function settledRequests(
  db: Db,
  users: readonly UserId[],
  device: DeviceId,
  before: { at: number; id: string } | undefined,
  page: { now: number; most: number },
): Promise<RequestRow[]> {
  if (users.length === 0) return []
  let query = db.selectFrom('login_requests').selectAll().where('user_id', 'in', users)
  query = query.where('targets', 'like', `%"${device}"%`)
  query = query.where((e) => e.or([e('state', '!=', 'pending'), e('expires_at', '<=', page.now)]))
  if (before)
    query = query.where((e) =>
      e.or([
        e('created_at', '<', before.at),
        e.and([e('created_at', '=', before.at), e('id', '<', before.id as RequestId)]),
      ]),
    )
  const rows = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(page.most).execute()
  return rows.map((row) => asOf(row, page.now))
}
