// Who has no token: written where people are added and where tokens come and go, read by whoever enrols many.
import type { GroupId, TokenId, UserId } from '../../protocol/ids.ts'
import { countRows } from '../store/count-rows.ts'
import type { PlaceInTime } from '../store/cursor.ts'
import type { Db } from '../store/schema.ts'
import { belongingTo } from './narrowed.ts'

export async function noteAdded(tx: Db, { id, created_at }: { id: UserId; created_at: number }): Promise<void> {
  await noteAllAdded(tx, [{ id, created_at }])
}

export async function noteAllAdded(tx: Db, users: readonly { id: UserId; created_at: number }[]): Promise<void> {
  await tx
    .insertInto('unenrolled')
    .values(users.map(({ id, created_at }) => ({ user_id: id, since: created_at })))
    .execute()
}

export async function noteEnrolled(tx: Db, user: UserId): Promise<void> {
  await tx.deleteFrom('unenrolled').where('user_id', '=', user).execute()
}

/** Whoever had this token has none any more, unless there is another. */
export async function noteRevoked(tx: Db, token: TokenId): Promise<void> {
  await tx
    .insertInto('unenrolled')
    .columns(['user_id', 'since'])
    .expression((e) =>
      e
        .selectFrom('users')
        .select(['users.id', 'users.created_at'])
        .where('users.id', '=', e.selectFrom('tokens').select('user_id').where('id', '=', token))
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('tokens')
                .select('tokens.id')
                .whereRef('tokens.user_id', '=', 'users.id')
                .where('tokens.state', '!=', 'revoked'),
            ),
          ),
        ),
    )
    .onConflict((c) => c.column('user_id').doNothing())
    .execute()
}

export type UnenrolledRow = { id: UserId; since: number }

const AT_ONCE = 200

/** Newest first. Only people who may sign in; somebody who enrolled at the same moment as they lost a token is left out. */
export async function unenrolledAfter(
  db: Db,
  { after, group }: { after?: PlaceInTime | undefined; group?: GroupId | undefined },
  limit: number,
): Promise<UnenrolledRow[]> {
  const found: UnenrolledRow[] = []
  for (let place = after; found.length < limit; ) {
    const rows = await rowsAfter(db, place, group)
    const fit = await whoFit(db, rows)
    found.push(...rows.filter(({ id }) => fit.has(id)))
    const last = rows.at(-1)
    if (!last || rows.length < AT_ONCE) break
    place = { at: last.since, id: last.id }
  }
  return found.slice(0, limit)
}

/** By itself, so that both engines read no more of the index than they are asked for. */
async function rowsAfter(db: Db, after: PlaceInTime | undefined, group: GroupId | undefined): Promise<UnenrolledRow[]> {
  let query = db
    .selectFrom('unenrolled')
    .select(['unenrolled.user_id as id', 'unenrolled.since'])
    .orderBy('unenrolled.since', 'desc')
    .orderBy('unenrolled.user_id', 'desc')
    .limit(AT_ONCE)
  if (group !== undefined) query = query.where((await belongingTo(db, group)).to('unenrolled.user_id'))
  if (after)
    query = query.where((e) =>
      e(e.refTuple('unenrolled.since', 'unenrolled.user_id'), '<', e.tuple(after.at, after.id as UserId)),
    )
  return query.execute()
}

async function whoFit(db: Db, rows: readonly UnenrolledRow[]): Promise<Set<UserId>> {
  if (rows.length === 0) return new Set()
  const ids = rows.map(({ id }) => id)
  // States are not asked of the store: SQLite would go through everybody who is active.
  const users = await db.selectFrom('users').select(['id', 'state']).where('id', 'in', ids).execute()
  const tokens = await db
    .selectFrom('tokens')
    .select('user_id')
    .where('user_id', 'in', ids)
    .where('state', '!=', 'revoked')
    .execute()
  const enrolled = new Set(tokens.map(({ user_id }) => user_id))
  const active = users.filter(({ state }) => state === 'active')
  return new Set(active.map(({ id }) => id).filter((id) => !enrolled.has(id)))
}

/** @returns at most `most`: beyond that nobody needs to know */
export async function countUnenrolled(db: Db, group: GroupId | undefined, most: number): Promise<number> {
  let people = db.selectFrom('unenrolled').select('unenrolled.user_id').limit(most)
  if (group !== undefined) people = people.where((await belongingTo(db, group)).to('unenrolled.user_id'))
  return countRows(db, people)
}
