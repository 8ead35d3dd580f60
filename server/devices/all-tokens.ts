// Every token there is, the newest first, a page at a time, however many there are.
import { sql } from 'kysely'
import type { UserId } from '../../protocol/ids.ts'
import type { TokenCondition } from '../../protocol/operator-api/tokens.ts'
import { cursorTo, type PlaceInTime, paged, timeIn } from '../directory/cursor.ts'
import { listUsers } from '../directory/users.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { type TokenRow, tokensWithHolders } from './rows.ts'

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
type Asked = Wish & { search?: string | undefined; cursor?: string | undefined }

/**
 * @param asked.search beginnings of the names of whoever holds it; then a page is of a hundred people
 * @returns fewer than a page, and yet where to go on, where much was looked at and little fitted
 * @throws {Problem} invalid where the cursor is not one of this list
 */
export async function allTokens(
  { store }: { store: Store },
  { search, cursor, ...wish }: Asked,
): Promise<{ rows: readonly NamedRow[]; next: string | null }> {
  if (search) {
    const { users, next } = await listUsers({ store }, { search, cursor })
    const ids = users.map(({ id }) => id)
    return { rows: await tokensOfAll(store.read, ids, wish), next }
  }
  const found = await places(store.read, wish, timeIn(cursor))
  return { rows: await rowsOf(store.read, found.rows), next: found.next }
}

/** Of those that stand after one: a page of what fits. */
async function places(db: Db, wish: Wish, after: PlaceInTime | undefined) {
  const step = wish.only ? STEP : PAGE + 1
  const found: Place[] = []
  let seen = after
  for (let steps = 0; steps < MOST_STEPS && found.length <= PAGE; steps++) {
    const looked = await newest(db, wish, seen, step)
    found.push(...looked.filter((one) => fits(one, wish)))
    const last = looked.at(-1)
    if (looked.length < step || !last) return paged(found, PAGE, timeOf)
    seen = { at: last.created_at, id: last.id }
  }
  return found.length > PAGE ? paged(found, PAGE, timeOf) : { rows: found, next: seen ? cursorTo(seen) : null }
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
  let some = db
    .selectFrom('tokens')
    .leftJoin('subscriptions', 'subscriptions.device_id', 'tokens.device_id')
    .select(['tokens.id', 'tokens.created_at', 'tokens.state', 'tokens.last_used_at'])
    .select('subscriptions.device_id as subscribed')
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
