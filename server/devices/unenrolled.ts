// Who has no token: written where people are added and where tokens come and go, read by whoever enrols many.
import type { GroupId, TokenId, UserId } from '../../protocol/ids.ts'
import type { Db } from '../store/schema.ts'

export async function noteAdded(tx: Db, { id, created_at }: { id: UserId; created_at: number }): Promise<void> {
  await tx.insertInto('unenrolled').values({ user_id: id, since: created_at }).execute()
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

export type Place = { since: number; user: UserId }
export type UnenrolledRow = { user_id: UserId; since: number }

/** Newest first. Only people who may sign in; somebody who enrolled at the same moment as they lost a token is left out. */
export async function unenrolledAfter(
  db: Db,
  { after, group }: { after?: Place | undefined; group?: GroupId | undefined },
  limit: number,
): Promise<UnenrolledRow[]> {
  let query = db
    .selectFrom('unenrolled')
    .innerJoin('users', 'users.id', 'unenrolled.user_id')
    .select(['unenrolled.user_id', 'unenrolled.since'])
    .where('users.state', '=', 'active')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('tokens')
            .select('tokens.id')
            .whereRef('tokens.user_id', '=', 'unenrolled.user_id')
            .where('tokens.state', '!=', 'revoked'),
        ),
      ),
    )
    .orderBy('unenrolled.since', 'desc')
    .orderBy('unenrolled.user_id', 'desc')
    .limit(limit)
  if (group !== undefined)
    query = query
      .innerJoin('group_members', 'group_members.user_id', 'unenrolled.user_id')
      .where('group_members.group_id', '=', group)
  if (after)
    query = query.where((e) =>
      e(e.refTuple('unenrolled.since', 'unenrolled.user_id'), '<', e.tuple(after.since, after.user)),
    )
  return query.execute()
}

/** @returns at most `most`: beyond that nobody needs to know */
export async function countUnenrolled(db: Db, group: GroupId | undefined, most: number): Promise<number> {
  let people = db.selectFrom('unenrolled').select('unenrolled.user_id').limit(most)
  if (group !== undefined)
    people = people
      .innerJoin('group_members', 'group_members.user_id', 'unenrolled.user_id')
      .where('group_members.group_id', '=', group)
  const counted = await db
    .selectFrom(people.as('people'))
    .select((e) => e.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(counted.count)
}
