// Every token there is, the newest first, a page at a time, however many there are.
import { sql } from 'kysely'
import * as z from 'zod/mini'
import { deviceId, type UserId } from '../../protocol/ids.ts'
import type { TokenCondition } from '../../protocol/operator-api/tokens.ts'
import { LAST } from '../directory/rows.ts'
import { listUsers } from '../directory/user-list.ts'
import { cursorText, cursorTo, type PlaceInTime, paged, placeIn, timeIn } from '../store/cursor.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { type TokenRow, tokensWithHolders } from './token-rows.ts'

const PAGE = 100
/** Rows that are looked at in a step, and steps in a call, where few may fit: beyond that the next page goes on. */
const STEP = 1000
const MOST_STEPS = 3
const LONG_UNUSED = 90 * 24 * 60 * 60_000

const STATES: readonly TokenRow['state'][] = ['active', 'suspended', 'revoked']

type NamedRow = Awaited<ReturnType<ReturnType<typeof tokensWithHolders>['execute']>>[number]

/** What it takes to say whether one fits, and where it stands. */
type Place = Pick<NamedRow, 'id' | 'created_at' | 'state' | 'last_used_at' | 'subscribed'>
type Wish = { state?: TokenRow['state'] | undefined; only?: TokenCondition | undefined; now: number }
type Asked = Wish & {
  search?: string | undefined
  device?: string | undefined
  cursor?: string | undefined
  most?: number | undefined
}
/** `until`: where it goes on, all that are newer were looked at; null where the list is not by time, or there is no more */
type Found = { rows: readonly NamedRow[]; next: string | null; until: number | null }

/**
 * @param asked.search beginnings of the names of whoever holds it; then a page is of a hundred people
 * @param asked.device the beginning of its device's name; without `search` they come in the order of these
 * @param asked.most to a page, a hundred where absent
 * @returns fewer than a page, and yet where to go on, where much was looked at and little fitted
 * @throws {Problem} invalid where the cursor is not one of this list
 */
export async function allTokens(
  { store }: { store: Store },
  { search, device, cursor, most = PAGE, ...wish }: Asked,
): Promise<Found> {
  const prefix = asciiLower(device?.trim() ?? '')
  if (search) {
    const { users, next } = await listUsers({ store }, { search, cursor })
    const ids = users.map(({ id }) => id)
    const rows = await tokensOfAll(store.read, ids, wish)
    const isCalledSo = ({ device_name: name }: NamedRow) => asciiLower(name).startsWith(prefix)
    return { rows: rows.filter(isCalledSo), next, until: null }
  }
  if (prefix !== '') return { ...(await byDeviceName(store.read, wish, { prefix, cursor, most })), until: null }
  const found = await places(store.read, wish, { after: timeIn(cursor), most })
  const until = found.next === null ? null : (timeIn(found.next)?.at ?? null)
  return { rows: await rowsOf(store.read, found.rows), next: found.next, until }
}

/** As the index of names has it, in both engines. */
const asciiLower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

const placeByName = z.strictObject({ name: cursorText, device: deviceId })
type PlaceByName = z.infer<typeof placeByName>

/** In the order of the names of their devices. A device is on one page with all its tokens. */
async function byDeviceName(
  db: Db,
  wish: Wish,
  { prefix, cursor, most }: { prefix: string; cursor: string | undefined; most: number },
): Promise<Pick<Found, 'rows' | 'next'>> {
  const step = wish.only || wish.state ? STEP : most
  const found: Place[] = []
  let seen = cursor === undefined ? undefined : placeIn(cursor, placeByName)
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const devices = await devicesNamed(db, prefix, seen, step)
    const those = Map.groupBy(await placesOn(db, devices), (one) => one.device_id)
    for (const device of devices) {
      found.push(...(those.get(device.device) ?? []).filter((one) => fits(one, wish)).sort(byAge))
      seen = device
      if (found.length >= most) return { rows: await inOrder(db, found), next: cursorTo(seen) }
    }
    if (devices.length < step) return { rows: await inOrder(db, found), next: null }
  }
  return { rows: await inOrder(db, found), next: seen ? cursorTo(seen) : null }
}

/** Whole, in the order of these. */
async function inOrder(db: Db, those: readonly Place[]): Promise<NamedRow[]> {
  const rows = new Map((await rowsOf(db, those)).map((row) => [row.id, row]))
  return those.flatMap(({ id }) => rows.get(id) ?? [])
}

const NAME = sql<string>`lower(devices.name)`

function devicesNamed(db: Db, prefix: string, after: PlaceByName | undefined, most: number): Promise<PlaceByName[]> {
  let some = db
    .selectFrom('devices')
    .select([NAME.as('name'), 'devices.id as device'])
    .where(NAME, '>=', after?.name ?? prefix)
    .where(NAME, '<', prefix + LAST)
    .orderBy(NAME)
    .orderBy('devices.id')
    .limit(most)
  if (after) some = some.where(sql<boolean>`(${NAME}, devices.id) > (${after.name}, ${after.device})`)
  return some.execute()
}

async function placesOn(db: Db, devices: readonly PlaceByName[]) {
  if (devices.length === 0) return []
  const ids = devices.map(({ device }) => device)
  return placesIn(db).select('tokens.device_id').where('tokens.device_id', 'in', ids).execute()
}

/** What it takes to say whether one fits. */
const placesIn = (db: Db) =>
  db
    .selectFrom('tokens')
    .leftJoin('subscriptions', 'subscriptions.device_id', 'tokens.device_id')
    .select(['tokens.id', 'tokens.created_at', 'tokens.state', 'tokens.last_used_at'])
    .select('subscriptions.device_id as subscribed')

/** Of those that stand after one: a page of what fits. */
async function places(db: Db, wish: Wish, { after, most }: { after: PlaceInTime | undefined; most: number }) {
  const step = wish.only ? STEP : most + 1
  const found: Place[] = []
  let seen = after
  for (let steps = 0; steps < MOST_STEPS && found.length <= most; steps++) {
    const looked = await newest(db, wish, seen, step)
    found.push(...looked.filter((one) => fits(one, wish)))
    const last = looked.at(-1)
    if (looked.length < step || !last) return paged(found, most, timeOf)
    seen = { at: last.created_at, id: last.id }
  }
  return found.length > most ? paged(found, most, timeOf) : { rows: found, next: seen ? cursorTo(seen) : null }
}

const timeOf = ({ created_at }: Place) => created_at

/** What nobody can approve with any more lacks nothing. */
const statesOf = ({ state, only }: Wish) => (state ? [state] : only ? (['active'] as const) : STATES)

function fits({ state, subscribed, last_used_at, created_at }: Place, wish: Wish): boolean {
  if (!(statesOf(wish) as readonly string[]).includes(state)) return false
  if (wish.only === 'unsubscribed') return subscribed === null
  return wish.only !== 'unused' || (last_used_at ?? created_at) < wish.now - LONG_UNUSED
}

/** From one index for each state: together they come in the same order. */
async function newest(db: Db, wish: Wish, after: PlaceInTime | undefined, most: number): Promise<Place[]> {
  const found = await Promise.all(statesOf(wish).map((state) => newestOf(db, state, after, most)))
  return found.flat().sort(byAge).slice(0, most)
}

const byAge = (a: Place, b: Place) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1)

function newestOf(db: Db, state: TokenRow['state'], after: PlaceInTime | undefined, most: number): Promise<Place[]> {
  let some = placesIn(db)
    // As the index has it: SQLite uses a partial one only where it can see that it fits.
    .where('tokens.state', '=', sql.lit(state))
    .orderBy('tokens.created_at', 'desc')
    .orderBy('tokens.id', 'desc')
    .limit(most)
  if (after) {
    const id = after.id as TokenRow['id']
    some = some.where((e) => e(e.refTuple('tokens.created_at', 'tokens.id'), '<', e.tuple(after.at, id)))
  }
  return some.execute()
}

async function rowsOf(db: Db, those: readonly Place[]): Promise<NamedRow[]> {
  if (those.length === 0) return []
  const ids = those.map(({ id }) => id)
  return (await tokensWithHolders(db).where('tokens.id', 'in', ids).execute()).sort(byAge)
}

async function tokensOfAll(db: Db, users: readonly UserId[], wish: Wish): Promise<NamedRow[]> {
  if (users.length === 0) return []
  const rows = await tokensWithHolders(db).where('tokens.user_id', 'in', users).execute()
  return rows.filter((row) => fits(row, wish)).sort(byAge)
}
