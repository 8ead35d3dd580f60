import type { UserId } from '../../protocol/ids.ts'
import { usernameKey } from '../../protocol/text.ts'
import { prepared } from '../store/prepared.ts'
import type { Db, UsersTable } from '../store/schema.ts'

export type UserRow = UsersTable

const byKey = prepared((db, v: { key: string }) => db.selectFrom('users').selectAll().where('username_key', '=', v.key))

export async function findUser(db: Db, username: string): Promise<UserRow | undefined> {
  return (await byKey(db, { key: usernameKey(username) })).rows[0]
}

export function userById(db: Db, id: UserId): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
}

/** @returns false where the name is taken */
export async function insertUser(tx: Db, user: UserRow): Promise<boolean> {
  const result = await tx
    .insertInto('users')
    .values(user)
    .onConflict((c) => c.column('username_key').doNothing())
    .executeTakeFirstOrThrow()
  return result.numInsertedOrUpdatedRows === 1n
}

/** Behind every text that begins with a prefix: names are compared by their bytes, and no character is above it. */
const LAST = '\u{10ffff}'

/** In the order of their compared names. @param after the compared name to go on after */
export function usersAfter(
  db: Db,
  { after, prefix }: { after: string | undefined; prefix: string },
  limit: number,
): Promise<UserRow[]> {
  let query = db.selectFrom('users').selectAll().orderBy('username_key').limit(limit)
  if (prefix !== '') query = query.where('username_key', '>=', prefix).where('username_key', '<', prefix + LAST)
  if (after !== undefined) query = query.where('username_key', '>', after)
  return query.execute()
}

export async function updatePassword(tx: Db, id: UserId, hash: string): Promise<boolean> {
  const result = await tx
    .updateTable('users')
    .set({ password_hash: hash })
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}
