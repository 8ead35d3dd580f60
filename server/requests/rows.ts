// The queries of login requests.

import { sql } from 'kysely'
import type { ApplicationId, DeviceId, RequestId, UserId } from '../../protocol/ids.ts'
import type { PlaceInTime } from '../store/cursor.ts'
import { decisive, prepared } from '../store/prepared.ts'
import type { Db, Target } from '../store/schema.ts'
import { asOf, type RequestRow } from './state.ts'

const byId = prepared((db, v: { id: RequestId }) => db.selectFrom('login_requests').selectAll().where('id', '=', v.id))

export async function requestRow(db: Db, id: RequestId): Promise<RequestRow | undefined> {
  return (await byId(db, { id })).rows[0]
}

/** For the application that made it; to any other there is no such request. */
export async function requestOfApplication(db: Db, id: RequestId, application: ApplicationId) {
  const row = await requestRow(db, id)
  return row?.application_id === application ? row : undefined
}

// The state stands in the text of the query: SQLite uses a partial index only where it can see that it fits.
const pendingOf = prepared((db, v: { user: UserId }) =>
  db.selectFrom('login_requests').selectAll().where('user_id', '=', v.user).where('state', '=', sql.lit('pending')),
)

/** What asks as this user: what is pending by the clock, and what was approved and could still be used. */
export async function askingRequests(db: Db, user: UserId, now: number): Promise<RequestRow[]> {
  const { rows } = await pendingOf(db, { user })
  return [...stillPending(rows, now), ...(await unredeemedRequests(db, user, now))]
}

const pendingOfHolders = prepared((db, v: { device: DeviceId }) =>
  db
    .selectFrom('login_requests')
    .selectAll()
    .where('state', '=', sql.lit('pending'))
    .where('user_id', 'in', (query) =>
      query.selectFrom('tokens').select('user_id').where('device_id', '=', v.device).where('state', '!=', 'revoked'),
    ),
)

/** The same of everybody who holds a token on a device. */
export async function pendingAtHolders(db: Db, device: DeviceId, now: number): Promise<RequestRow[]> {
  return stillPending((await pendingOfHolders(db, { device })).rows, now)
}

const stillPending = (rows: readonly RequestRow[], now: number): RequestRow[] =>
  rows.filter((row) => row.expires_at > now).sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1))

const madeSince = prepared((db, v: { user: UserId; since: number }) =>
  db
    .selectFrom('login_requests')
    .select(['id', 'state', 'created_at', 'expires_at', 'number'])
    .where('user_id', '=', v.user)
    .where('created_at', '>', v.since)
    .orderBy('created_at'),
)

/** Requests of a user made after `since`, oldest first: what limits and overdue expiries are seen from. */
export async function requestsSince(db: Db, user: UserId, since: number) {
  return (await madeSince(db, { user, since })).rows
}

/** Of everybody who is being asked: from where. */
export function pendingContexts(db: Db, now: number): Promise<Pick<RequestRow, 'id' | 'context'>[]> {
  return db
    .selectFrom('login_requests')
    .select(['id', 'context'])
    .where('state', '=', sql.lit('pending'))
    .where('expires_at', '>', now)
    .execute()
}

export function overdueRequests(db: Db, now: number, most: number): Promise<RequestRow[]> {
  return db
    .selectFrom('login_requests')
    .selectAll()
    .where('state', '=', sql.lit('pending'))
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

const insert = prepared((db, row: RequestRow) => {
  const { id, version, state, reason, delivery, user_id, username, application_id, application_name, purpose } = row
  const { nonce, context, targets, number_digits, number, secret_hash, passcode, wrong_passcodes, wrong_redeems } = row
  const { decided_by_token, decided_by_device, number_matched, created_at, expires_at, settled_at } = row
  const { redeem_until, redeemed_at } = row
  return db.insertInto('login_requests').values({
    ...{ id, version, state, reason, delivery, user_id, username, application_id, application_name, purpose },
    ...{ nonce, context, targets, number_digits, number, secret_hash, passcode, wrong_passcodes, wrong_redeems },
    ...{ decided_by_token, decided_by_device, number_matched, created_at, expires_at, settled_at },
    ...{ redeem_until, redeemed_at },
  })
})

export async function insertRequest(tx: Db, row: RequestRow): Promise<void> {
  await insert(tx, row)
}

const replace = decisive((db, v: RequestRow & { seen: number }) =>
  db
    .updateTable('login_requests')
    .set({
      version: v.version,
      state: v.state,
      reason: v.reason,
      delivery: v.delivery,
      number: v.number,
      passcode: v.passcode,
      wrong_passcodes: v.wrong_passcodes,
      wrong_redeems: v.wrong_redeems,
      decided_by_token: v.decided_by_token,
      decided_by_device: v.decided_by_device,
      number_matched: v.number_matched,
      settled_at: v.settled_at,
      redeem_until: v.redeem_until,
      redeemed_at: v.redeemed_at,
    })
    .where('id', '=', v.id)
    .where('version', '=', v.seen),
)

/** Compare-and-set: true for the one writer that found the version it had read. */
export function replaceRequest(tx: Db, seen: RequestRow, row: RequestRow): Promise<boolean> {
  return replace(tx, { ...row, seen: seen.version })
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
  return targetsOn(row, device)[0]
}

/** More than one where a device holds several tokens of that user. */
export function targetsOn(row: Pick<RequestRow, 'targets'>, device: DeviceId): Target[] {
  return targetsOf(row).filter((target) => target.device === device)
}

/** The user's requests that went to this device and are over, newest first. @param before a creation time and id */
export async function settledRequests(
  db: Db,
  users: readonly UserId[],
  device: DeviceId,
  before: PlaceInTime | undefined,
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
