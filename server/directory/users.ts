// The local directory: who may sign in here.
import * as z from 'zod/mini'
import { newPassword } from '../../protocol/account-api.ts'
import { newId, type RandomBytes, type UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { plainText, typedPassword, username, usernameKey } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { mailAddress } from '../mail/address.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { createThrottle } from '../throttling/throttle.ts'
import { refuseGuessable } from './guessable.ts'
import type { Passwords } from './passwords.ts'
import { insertUser, type UserRow, userById } from './rows.ts'

/** As it is written: what stands around it is nobody's name, and a file that is read again would lose it. */
export const displayName = z.pipe(
  z.pipe(
    z.string(),
    z.transform((name: string) => name.trim()),
  ),
  plainText(1, 128),
)
export const namePart = plainText(1, 128)

const newUser = z.object({
  username,
  password: z.optional(newPassword),
  displayName: z.optional(displayName),
  email: z.optional(z.nullable(mailAddress)),
  externalId: z.optional(z.nullable(plainText(1, 256))),
  givenName: z.optional(z.nullable(namePart)),
  familyName: z.optional(z.nullable(namePart)),
  state: z.optional(z.enum(['active', 'suspended'])),
})
export type NewUser = z.infer<typeof newUser>

const withAnyPassword = z.extend(newUser, { password: z.optional(typedPassword) })

type Needs = {
  store: Store
  clock: Clock
  random: RandomBytes
  passwords: Passwords
  organisation: { name: string }
}

/**
 * Without a password, sign-in by password is impossible.
 * @param anyPassword whether a short or guessable one is taken too: from a script, which has its own reasons
 * @throws {Problem} invalid, guessable-password, username-taken
 */
export async function addUser(
  { store, clock, random, passwords, organisation }: Needs,
  asked: NewUser,
  by?: Actor,
  { anyPassword = false } = {},
): Promise<UserRow> {
  const { username, password, displayName, email, externalId, givenName, familyName, state } = parseOrRefuse(
    anyPassword ? withAnyPassword : newUser,
    asked,
  )
  const now = clock.now()
  const names = { username, display_name: displayName ?? username }
  if (password !== undefined && !anyPassword) await refuseGuessable({ organisation }, names, password)
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

/** @throws {Problem} unknown-user */
export async function knownUser(db: Db, id: UserId): Promise<UserRow> {
  const user = await userById(db, id)
  if (!user) throw new Problem('unknown-user')
  return user
}
