// Which tokens wait until somebody confirms them: written where they come and go, read by whoever looks how things stand.
import type { TokenId, UserId } from '../../protocol/ids.ts'
import type { Db } from '../store/schema.ts'

export async function noteUnconfirmed(tx: Db, token: { id: TokenId; user_id: UserId; created_at: number }) {
  const { id, user_id, created_at } = token
  await tx.insertInto('unconfirmed').values({ token_id: id, user_id, since: created_at }).execute()
}

export async function forgetUnconfirmed(tx: Db, token: TokenId): Promise<void> {
  await tx.deleteFrom('unconfirmed').where('token_id', '=', token).execute()
}

/** Who waits longest first. */
export async function waitingTokens(db: Db, most: number) {
  const counted = await db
    .selectFrom('unconfirmed')
    .select((e) => e.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  const people = await db
    .selectFrom('unconfirmed')
    .innerJoin('users', 'users.id', 'unconfirmed.user_id')
    .select(['users.id', 'users.username', 'unconfirmed.since'])
    .orderBy('unconfirmed.since')
    .limit(most)
    .execute()
  return { count: Number(counted.count), people }
}
