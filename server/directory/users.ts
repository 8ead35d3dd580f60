// The local directory: who may sign in here, and the passwords of those who have one.
import * as z from 'zod/mini'
import { base64url, fromBase64url, utf8 } from '../../protocol/encoding.ts'
import { newId, type RandomBytes, type UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { isPlainText, plainText, username, usernameKey } from '../../protocol/text.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/store.ts'
import { createThrottle } from '../throttling/throttle.ts'
import type { Passwords } from './passwords.ts'
import { findUser, insertUser, type UserRow, updatePassword, usersAfter } from './rows.ts'

const PAGE = 100

const password = z.string().check(z.minLength(1, 'must not be empty'), z.maxLength(1024))
const passwordOnly = z.object({ password })
const newUser = z.object({
  username,
  password: z.optional(password),
  displayName: z.optional(plainText(1, 128)),
  email: z.optional(plainText(3, 254)),
})
export type NewUser = z.infer<typeof newUser>

type Needs = { store: Store; clock: Clock; random: RandomBytes; passwords: Passwords }

/** Without a password, sign-in by password is impossible. @throws {Problem} invalid, username-taken */
export async function addUser({ store, clock, random, passwords }: Needs, asked: NewUser): Promise<UserRow> {
  const { username, password, displayName, email } = parseOrRefuse(newUser, asked)
  const user: UserRow = {
    id: newId('usr', random),
    username,
    username_key: usernameKey(username),
    display_name: displayName ?? username,
    email: email ?? null,
    password_hash: password === undefined ? null : await passwords.hash(password),
    created_at: clock.now(),
  }
  await store.write(async (tx) => {
    if (!(await insertUser(tx, user))) throw new Problem('username-taken')
    await createThrottle(tx, user.id)
    await record(tx, { at: user.created_at, kind: 'user-added', user: user.id, detail: { username } })
  })
  return user
}

/** @throws {Problem} invalid, unknown-user */
export async function setPassword(
  { store, clock, passwords }: Pick<Needs, 'store' | 'clock' | 'passwords'>,
  user: UserId,
  typed: string,
): Promise<void> {
  const { password } = parseOrRefuse(passwordOnly, { password: typed })
  const hash = await passwords.hash(password)
  await store.write(async (tx) => {
    if (!(await updatePassword(tx, user, hash))) throw new Problem('unknown-user')
    await record(tx, { at: clock.now(), kind: 'password-set', user })
  })
}

/**
 * The user whose password this is. Unknown users, users without a password and wrong passwords all cost one
 * verification: the time of an answer must not tell which names exist.
 */
export async function verifyPassword(
  { store, passwords }: Pick<Needs, 'store' | 'passwords'>,
  name: string,
  typed: string,
): Promise<UserRow | undefined> {
  const user = await findUser(store.read, name)
  const right = await passwords.verify(user?.password_hash ?? (await passwords.decoy), typed)
  return right && user?.password_hash ? user : undefined
}

export type UserPage = { users: UserRow[]; next: string | null }

/**
 * In the order of their names.
 * @param asked.search the beginning of a name, in any spelling @throws {Problem} invalid where the cursor is not one of ours
 */
export async function listUsers(
  { store }: Pick<Needs, 'store'>,
  { search = '', cursor }: { search?: string | undefined; cursor?: string | undefined } = {},
): Promise<UserPage> {
  const after = cursor === undefined ? undefined : readCursor(cursor)
  const rows = await usersAfter(store.read, { after, prefix: usernameKey(search) }, PAGE + 1)
  const users = rows.slice(0, PAGE)
  const last = users.at(-1)
  return { users, next: rows.length > PAGE && last ? base64url(utf8(last.username_key)) : null }
}

function readCursor(cursor: string): string {
  const after = decoded(cursor)
  if (after === undefined || !isPlainText(after)) {
    throw new Problem('invalid', { members: { errors: { '/cursor': 'is not a cursor of this list' } } })
  }
  return after
}

function decoded(cursor: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(fromBase64url(cursor))
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    return undefined
  }
}
