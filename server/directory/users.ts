// The local directory: who may sign in here, and the passwords of those who have one.
import * as z from 'zod/mini'
import { newPassword } from '../../protocol/account-api.ts'
import { newId, type RandomBytes, type UserId, userId } from '../../protocol/ids.ts'
import type { Limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { plainText, username, usernameKey } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { endAccess } from '../handed-out/end-access.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { mustWin, unlessOvertaken, untilWon } from '../store/until-won.ts'
import { type Counted, forgetHits, takeHit, takeHits } from '../throttling/hits.ts'
import { createThrottle } from '../throttling/throttle.ts'
import { cursorText, cursorTo, placeIn } from './cursor.ts'
import { type ExternalDirectory, isPasswordElsewhere } from './external.ts'
import { isGuessable } from './guessable.ts'
import type { Passwords } from './passwords.ts'
import { findUser, insertUser, type UserFilter, type UserRow, updatePassword, userById, usersAfter } from './rows.ts'
import { usersByWords } from './search.ts'

const PAGE = 100

const passwordOnly = z.object({ password: newPassword })
/** As it is written: what stands around it is nobody's name, and a file that is read again would lose it. */
export const displayName = z.pipe(
  z.pipe(
    z.string(),
    z.transform((name: string) => name.trim()),
  ),
  plainText(1, 128),
)
export const namePart = plainText(1, 128)
export const email = plainText(3, 254).check(z.regex(/^[^\s@]+@[^\s@]+$/, 'must be a mail address'))

const newUser = z.object({
  username,
  password: z.optional(newPassword),
  displayName: z.optional(displayName),
  email: z.optional(z.nullable(email)),
  externalId: z.optional(z.nullable(plainText(1, 256))),
  givenName: z.optional(z.nullable(namePart)),
  familyName: z.optional(z.nullable(namePart)),
  state: z.optional(z.enum(['active', 'suspended'])),
})
export type NewUser = z.infer<typeof newUser>

type Needs = { store: Store; clock: Clock; random: RandomBytes; passwords: Passwords }

/** Without a password, sign-in by password is impossible. @throws {Problem} invalid, guessable-password, username-taken */
export async function addUser(
  { store, clock, random, passwords, organisation }: Needs & { organisation: { name: string } },
  asked: NewUser,
  by?: Actor,
): Promise<UserRow> {
  const { username, password, displayName, email, externalId, givenName, familyName, state } = parseOrRefuse(
    newUser,
    asked,
  )
  const now = clock.now()
  const names = { username, display_name: displayName ?? username }
  if (password !== undefined) await refuseGuessable({ organisation }, names, password)
  const user: UserRow = {
    ...names,
    id: newId('usr', random),
    username_key: usernameKey(username),
    email: email ?? null,
    password_hash: password === undefined ? null : await passwords.hash(password),
    created_at: now,
    state: state ?? 'active',
    version: 1,
    external_id: externalId ?? null,
    given_name: givenName ?? null,
    family_name: familyName ?? null,
    changed_at: now,
  }
  await store.write((tx) => writeNewUser(tx, user, by))
  return user
}

/** @throws {Problem} username-taken */
export async function writeNewUser(tx: Db, user: UserRow, by?: Actor): Promise<void> {
  if (!(await insertUser(tx, user))) throw new Problem('username-taken')
  await createThrottle(tx, user.id)
  const { id, username, state, created_at: at } = user
  const detail = state === 'active' ? { username } : { username, state }
  await record(tx, { at, kind: 'user-added', user: id, detail, ...(by && { by }) })
}

export type SetPasswordNeeds = Needs &
  TellNeeds & { external?: ExternalDirectory | undefined; organisation: { name: string } }

/** @throws {Problem} guessable-password */
export async function refuseGuessable(
  { organisation }: { organisation: { name: string } },
  { username, display_name }: Pick<UserRow, 'username' | 'display_name'>,
  password: string,
): Promise<void> {
  if (await isGuessable(password, [username, display_name, organisation.name])) throw new Problem('guessable-password')
}

/**
 * Whoever is signed in by the one before, or on the way in, begins anew. Attack stopped: somebody of the directory who is
 * given a password here, which their directory neither knows nor ends.
 * @throws {Problem} invalid, unknown-user, password-elsewhere, guessable-password
 */
export async function setPassword(needs: SetPasswordNeeds, user: UserId, typed: string, by?: Actor): Promise<void> {
  const { store, clock, passwords, external } = needs
  const { password } = parseOrRefuse(passwordOnly, { password: typed })
  const hash = await passwords.hash(password)
  await untilWon(async () => {
    const seen = await knownUser(store.read, user)
    if (isPasswordElsewhere(external, seen)) throw new Problem('password-elsewhere')
    await refuseGuessable(needs, seen, password)
    const written = store.write(async (tx, announce) => {
      await mustWin(updatePassword(tx, seen, hash))
      await endAccess(tx, needs, { user })
      await record(tx, { at: clock.now(), kind: 'password-set', user, ...(by && { by }) })
      await tell(tx, { ...needs, announce }, { user, kind: 'password-changed' })
      return true
    })
    return unlessOvertaken(written)
  })
}

export type PasswordNeeds = Pick<Needs, 'store' | 'passwords' | 'clock'> & {
  external?: ExternalDirectory | undefined
  sealer: Pick<Sealer, 'blind'>
  limits: Pick<Limits, 'passwordsPerUser' | 'directoryPasswords'>
}

/**
 * The user whose password this is. Attacks stopped: passwords tried on one name from many addresses, and accounts that a
 * directory locks for it, by whichever of their names; names that nobody has are counted alike, for the answer must not tell which exist, and the
 * store learns none of them, since people type passwords into the wrong field.
 * @param counted what else this try is counted against
 * @throws {Problem} too-many-requests, directory-unreachable
 */
export async function verifyPassword(
  needs: PasswordNeeds,
  name: string,
  typed: string,
  counted: readonly Counted[] = [],
): Promise<UserRow | undefined> {
  const { store, clock, limits, external } = needs
  const bucket = `password:${needs.sealer.blind(usernameKey(name))}`
  const rate = external ? limits.directoryPasswords : limits.passwordsPerUser
  await takeHits(store, [...counted, { bucket, rate }], { now: clock.now() })
  const known = await whosePassword(needs, name, typed)
  if (!known) return undefined
  await forgetHits(store, bucket)
  if (known.external_id !== null) await forgetHits(store, accountBucket(needs, known.external_id))
  return known
}

const accountBucket = ({ sealer }: PasswordNeeds, externalId: string) => `account:${sealer.blind(externalId)}`

/** Over the limit it is as a wrong password: another answer would tell that two names are one person's. */
async function mayTryAccount(needs: PasswordNeeds, externalId: string): Promise<boolean> {
  const { store, clock, limits } = needs
  const bucket = accountBucket(needs, externalId)
  try {
    await takeHit(store, { bucket, rate: limits.directoryPasswords, now: clock.now() })
    return true
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

/**
 * Who has none here is asked for in the organisation's directory, where there is one. Unknown and suspended users, users
 * without a password and wrong passwords all cost one verification: the time of an answer must not tell which names exist.
 */
async function whosePassword(needs: PasswordNeeds, name: string, typed: string): Promise<UserRow | undefined> {
  const { store, passwords, external } = needs
  const user = await findUser(store.read, name)
  const right = await passwords.verify(user?.password_hash ?? (await passwords.decoy), typed)
  if (user?.password_hash) return right && user.state === 'active' ? user : undefined
  // Attack stopped: a name that is suspended here, tried on until the directory locks it.
  if (!external || user?.state === 'suspended') return undefined
  const known = await external.signIn(name, typed, (id) => mayTryAccount(needs, id))
  return known?.state === 'active' ? known : undefined
}

export type UserPage = { users: UserRow[]; next: string | null }

/** @throws {Problem} unknown-user */
export async function knownUser(db: Db, id: UserId): Promise<UserRow> {
  const user = await userById(db, id)
  if (!user) throw new Problem('unknown-user')
  return user
}

/**
 * In the order of user names; after all whose user name begins with what is looked for, those of whose words each of its
 * words is the beginning. A page can be short, or empty, and yet not the last: `next` says.
 * @param asked.search in any spelling @throws {Problem} invalid where the cursor is not one of ours
 */
export async function listUsers(
  { store: { read } }: Pick<Needs, 'store'>,
  { search = '', cursor, ...filter }: UserFilter & { search?: string | undefined; cursor?: string | undefined } = {},
): Promise<UserPage> {
  const place: z.infer<typeof placeInList> = cursor === undefined ? {} : placeIn(cursor, placeInList)
  const prefix = usernameKey(search)
  const users = 'word' in place ? [] : await usersAfter(read, { after: place.name, prefix, ...filter }, PAGE + 1)
  const last = users[PAGE - 1]
  if (users.length > PAGE && last) return { users: users.slice(0, PAGE), next: cursorTo({ name: last.username_key }) }
  const words = prefix.split(/\s+/).filter(Boolean)
  const found = await usersByWords(read, { words, after: 'word' in place ? place : undefined, ...filter }, PAGE)
  // They stand on the pages before.
  const more = found.users.filter(({ username_key }) => !username_key.startsWith(prefix))
  return { users: [...users, ...more], next: found.next ? cursorTo(found.next) : null }
}

const placeInList = z.union([
  z.strictObject({ word: cursorText, user: userId }),
  z.strictObject({ name: z.optional(cursorText) }),
])
