// The latest requests, newest first. Read by the index on when they were made, never told by each event: however many
// sign-ins there are, a look costs the same, and the sign-in road does not know that somebody looks.

import type { UserId } from '../../protocol/ids.ts'
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import type { LiveCall, LiveRequest } from '../../protocol/operator-api/live.ts'
import type { Clock } from '../clock.ts'
import { asOf, type RequestRow } from '../requests/state.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { DeviceContext } from '../whereabouts/context.ts'
import { canonicalAddress } from '../whereabouts/context.ts'
import { sameNetwork } from './same-network.ts'

const SHOWN = 100
/** How far back a filter looks; for one person it looks as far as there are requests. */
export const SEARCHED = 2000

const COLUMNS = [
  'id',
  'state',
  'reason',
  'delivery',
  'purpose',
  'user_id',
  'username',
  'application_id',
  'application_name',
  'context',
  'created_at',
  'expires_at',
  'settled_at',
  'redeemed_at',
] as const
export type SeenRequest = Pick<RequestRow, (typeof COLUMNS)[number]>

/** Newest first. */
export function latestRequests(db: Db, most: number, user?: LiveCall['user']): Promise<SeenRequest[]> {
  const rows = db.selectFrom('login_requests').select(COLUMNS)
  const ofWhom = user === undefined ? rows : rows.where('user_id', '=', user)
  return ofWhom.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(most).execute()
}

export async function liveRequests(
  { store, clock }: { store: Store; clock: Clock },
  { state, delivery, application, user, address }: LiveCall,
): Promise<LiveRequest[]> {
  const now = clock.now()
  const ip = address === undefined ? undefined : canonicalAddress(address)
  const filters = [state, delivery, application, ip].some((filter) => filter !== undefined)
  const rows = await latestRequests(store.read, filters ? SEARCHED : SHOWN, user)
  const found: LiveRequest[] = []
  for (const row of rows) {
    const isOther =
      (delivery !== undefined && row.delivery !== delivery) ||
      (application !== undefined && row.application_id !== application) ||
      (state !== undefined && stateOf(row, now).state !== state) ||
      (ip !== undefined && contextOf(row).ip !== ip)
    if (!isOther) found.push(shownRequest(row, now))
    if (found.length === SHOWN) break
  }
  return found
}

/** The latest of one person. */
export async function lastRequestOf(
  { store, clock }: { store: Store; clock: Clock },
  user: UserId,
): Promise<LiveRequest | undefined> {
  const [row] = await latestRequests(store.read, 1, user)
  return row && shownRequest(row, clock.now())
}

export const contextOf = ({ context }: Pick<RequestRow, 'context'>) => JSON.parse(context) as DeviceContext

/** What was not written down yet is over by the clock. */
function stateOf(row: SeenRequest, now: number): Pick<RequestRow, 'state' | 'settled_at'> {
  return asOf(row as RequestRow, now)
}

export function shownRequest(row: SeenRequest, now: number): LiveRequest {
  const { state, settled_at } = stateOf(row, now)
  const { ip, location, client, notice } = contextOf(row)
  return {
    id: row.id,
    state,
    reason: row.reason,
    delivery: row.delivery,
    purpose: row.purpose,
    createdAt: timestamp(row.created_at),
    settledAt: timeOrNull(settled_at),
    redeemedAt: timeOrNull(row.redeemed_at),
    user: { id: row.user_id, username: row.username },
    application: { id: row.application_id, name: row.application_name },
    ip: ip ?? null,
    location: location ?? null,
    client: client ?? null,
    newPlace: notice === 'new-place',
  }
}

const AROUND_MS = 60 * 60 * 1000
const MOST_AROUND = 50
/** How many requests are looked through for an address: they have no index of their own, which every sign-in would pay. */
const MOST_LOOKED_THROUGH = 10_000

/** Of one person, in the hour before and after; newest first. */
export function requestsAround(db: Db, user: SeenRequest['user_id'], at: number): Promise<SeenRequest[]> {
  return db
    .selectFrom('login_requests')
    .select(COLUMNS)
    .where('user_id', '=', user)
    .where('created_at', '>=', at - AROUND_MS)
    .where('created_at', '<=', at + AROUND_MS)
    .orderBy('created_at', 'desc')
    .limit(MOST_AROUND)
    .execute()
}

/** From one address, of IPv6 from its network, up to an hour after; newest first. @param ip canonical */
export async function requestsFrom(db: Db, ip: string, at: number): Promise<SeenRequest[]> {
  const { pattern, isIn, isExact } = sameNetwork(ip)
  const latest = db
    .selectFrom('login_requests')
    .select(COLUMNS)
    .where('created_at', '<=', at + AROUND_MS)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(MOST_LOOKED_THROUGH)
  const found = await db
    .selectFrom(latest.as('latest'))
    .selectAll()
    .where('context', 'like', pattern('ip'))
    .orderBy('created_at', 'desc')
    .$if(isExact, (query) => query.limit(MOST_AROUND))
    .execute()
  return found.filter((row) => isIn(contextOf(row).ip)).slice(0, MOST_AROUND)
}

/** @returns how far back `requestsFrom` looks; undefined where it looks at all there is */
export async function lookedSince(db: Db, at: number): Promise<number | undefined> {
  const last = await db
    .selectFrom('login_requests')
    .select('created_at')
    .where('created_at', '<=', at + AROUND_MS)
    .orderBy('created_at', 'desc')
    .offset(MOST_LOOKED_THROUGH - 1)
    .limit(1)
    .executeTakeFirst()
  return last?.created_at
}
