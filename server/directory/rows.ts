// The queries of people.
import { type Insertable, type Selectable, sql } from 'kysely'
import type { GroupId, UserId } from '../../protocol/ids.ts'
import { nameWords } from '../../protocol/name-words.ts'
import { usernameKey } from '../../protocol/text.ts'
import { noteReach } from '../push/unreachable.ts'
import { prepared } from '../store/prepared.ts'
import type { Db, UsersTable } from '../store/schema.ts'
import { createThrottles } from '../throttling/throttle.ts'
import { holdName } from './former-names.ts'
import { belongingTo, type Stuck, stuckAs } from './narrowed.ts'
import { noteAdded, noteAllAdded } from './unenrolled.ts'

export type UserRow = Selectable<UsersTable>
export type NewUserRow = Insertable<UsersTable>

const byKey = prepared((db, v: { key: string }) => db.selectFrom('users').selectAll().where('username_key', '=', v.key))

export async function findUser(db: Db, username: string): Promise<UserRow | undefined> {
  return (await byKey(db, { key: usernameKey(username) })).rows[0]
}

const byId = prepared((db, v: { id: UserId }) => db.selectFrom('users').selectAll().where('id', '=', v.id))

export async function userById(db: Db, id: UserId): Promise<UserRow | undefined> {
  return (await byId(db, { id })).rows[0]
}

/** What a directory that provisions people calls them; where two were given the same, none is. */
export async function userByExternalId(db: Db, externalId: string): Promise<UserRow | undefined> {
  const rows = await db.selectFrom('users').selectAll().where('external_id', '=', externalId).limit(2).execute()
  return rows.length === 1 ? rows[0] : undefined
}

export async function usersById(db: Db, ids: readonly UserId[]): Promise<Map<UserId, UserRow>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('users').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/** @returns false where the name is taken */
export async function insertUser(tx: Db, user: NewUserRow): Promise<boolean> {
  const result = await tx
    .insertInto('users')
    .values({ changed_at: user.created_at, ...user })
    .onConflict((c) => c.column('username_key').doNothing())
    .executeTakeFirstOrThrow()
  if (result.numInsertedOrUpdatedRows !== 1n) return false
  await writeWords(tx, user)
  await noteAdded(tx, user)
  return true
}

/** Many at once, none of whose names may be taken. */
export async function insertUsers(tx: Db, users: readonly UserRow[]): Promise<void> {
  await tx.insertInto('users').values(users).execute()
  const words = users.flatMap(wordsOf)
  for (let at = 0; at < words.length; at += WORDS_AT_ONCE)
    await tx
      .insertInto('user_words')
      .values(words.slice(at, at + WORDS_AT_ONCE))
      .execute()
  await noteAllAdded(tx, users)
  await createThrottles(
    tx,
    users.map(({ id }) => id),
  )
}

/** Both engines have a bound on the values of one statement. */
const WORDS_AT_ONCE = 2000

type Named = Pick<UserRow, 'id' | 'username' | 'display_name'> & { email?: string | null }

const wordsOf = ({ id, username, display_name: displayName, email = null }: Named) =>
  nameWords({ username, displayName, email }).map((word) => ({ word, user_id: id }))

async function writeWords(tx: Db, user: Named) {
  const words = wordsOf(user)
  if (words.length > 0) await tx.insertInto('user_words').values(words).execute()
}

export type UserChanges = Partial<
  Pick<
    UserRow,
    'username' | 'username_key' | 'display_name' | 'email' | 'state' | 'external_id' | 'given_name' | 'family_name'
  >
>

/** Compare and set; the name must be free. @returns the row as it is then, undefined where it is not as it was seen */
export async function updateUser(
  tx: Db,
  seen: UserRow,
  changes: UserChanges,
  at: number,
): Promise<UserRow | undefined> {
  const row = { ...seen, ...changes, version: seen.version + 1, changed_at: at }
  const result = await tx
    .updateTable('users')
    .set({ ...changes, version: row.version, changed_at: at })
    .where('id', '=', seen.id)
    .where('version', '=', seen.version)
    .executeTakeFirstOrThrow()
  if (result.numUpdatedRows !== 1n) return undefined
  if (row.username_key !== seen.username_key) await holdName(tx, { username_key: seen.username_key, user: seen.id }, at)
  if ('username' in changes || 'display_name' in changes || 'email' in changes) {
    await tx.deleteFrom('user_words').where('user_id', '=', seen.id).execute()
    await writeWords(tx, row)
  }
  if ('state' in changes) await noteReach(tx, [seen.id])
  return row
}

/** Behind every text that begins with a prefix: names are compared by their bytes, and no character is above it. */
export const LAST = '\u{10ffff}'

/** Narrows a list of people. */
export type UserFilter = {
  state?: UserRow['state'] | undefined
  group?: GroupId | undefined
  stuck?: Stuck | undefined
}

export async function filtered(db: Db, { state, group, stuck }: UserFilter) {
  let query = db.selectFrom('users').selectAll('users')
  const narrowed = [
    ...(group === undefined ? [] : [await belongingTo(db, group)]),
    ...(stuck === undefined ? [] : [await stuckAs(db, stuck)]),
  ]
  // For the few of a small group as no index has it: SQLite would go through everybody who is in that state.
  const column = narrowed.some(({ isSmall }) => isSmall) ? sql`users.state || ''` : sql.ref('users.state')
  if (state !== undefined) query = query.where(column, '=', state)
  for (const { to } of narrowed) query = query.where(to('users.id'))
  return query
}

/** In the order of their compared names. @param after the compared name to go on after */
export async function usersAfter(
  db: Db,
  { after, prefix, ...filter }: UserFilter & { after: string | undefined; prefix: string },
  limit: number,
): Promise<UserRow[]> {
  let query = (await filtered(db, filter)).orderBy('users.username_key').limit(limit)
  if (prefix !== '')
    query = query.where('users.username_key', '>=', prefix).where('users.username_key', '<', prefix + LAST)
  if (after !== undefined) query = query.where('users.username_key', '>', after)
  return query.execute()
}

/** @returns false where they are not as they were seen */
export async function updatePassword(
  tx: Db,
  { id, version }: Pick<UserRow, 'id' | 'version'>,
  hash: string,
): Promise<boolean> {
  const result = await tx
    .updateTable('users')
    .set((e) => ({ password_hash: hash, version: e('version', '+', 1) }))
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}
