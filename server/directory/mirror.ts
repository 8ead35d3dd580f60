// Somebody as a directory beside ours says: found or made here, and kept as it says.

import { newId, type UserId } from '../../protocol/ids.ts'
import type { DirectoryRefusal } from '../../protocol/operator-api/directory.ts'
import { Problem } from '../../protocol/problems.ts'
import { usernameKey, username as usernameText } from '../../protocol/text.ts'
import { record } from '../audit/record.ts'
import { mailAddress } from '../mail/address.ts'
import type { TellNeeds } from '../notices/news.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { tellOfChanges } from './address-news.ts'
import { FROM_DIRECTORY } from './external.ts'
import { isHeldFromOthers } from './former-names.ts'
import { groupByName } from './groups.ts'
import { noteMembersChanged, writeMembership } from './members.ts'
import { findUser, type UserRow, updateUser, userByExternalId } from './rows.ts'
import { displayName, writeNewUser } from './users.ts'

export type ExternalPerson = {
  /** of the directory, for ever the same */
  externalId: string
  username: string
  displayName: string
  email: string | null
  /** those of the groups that are mirrored */
  groups: readonly string[]
}
type Needs = TellNeeds & { store: Store }

/**
 * Attack stopped: a name in the directory that takes over somebody who has a password here, or comes from elsewhere.
 * @returns undefined where they may not be made, or the name is somebody else's
 */
export async function mirrorPerson(
  needs: Needs,
  told: ExternalPerson,
  { create }: { create: boolean },
): Promise<UserRow | undefined> {
  const { refused, row } = await wouldBe(needs.store.read, told, { create })
  if (row) return keep(needs, row, fitting(told))
  if (refused !== null) return undefined
  return (await make(needs, fitting(told))) ?? madeMeanwhile(needs, told)
}

/** They came twice in one moment: whoever came second is who was made by the first. */
async function madeMeanwhile(needs: Needs, told: ExternalPerson): Promise<UserRow | undefined> {
  const { row } = await wouldBe(needs.store.read, told, { create: false })
  return row && keep(needs, row, fitting(told))
}

/** @returns who they are here, if anybody, and why they would not be let in */
export async function wouldBe(
  db: Db,
  { username, externalId }: Pick<ExternalPerson, 'username' | 'externalId'>,
  { create }: { create: boolean },
): Promise<{ refused: DirectoryRefusal | null; row?: UserRow }> {
  if (!usernameText.safeParse(username).success) return { refused: 'bad-name' }
  const named = await findUser(db, username)
  const isOpen = named?.password_hash === null && named.external_id === null
  const row = (await userByExternalId(db, externalId)) ?? (isOpen ? named : undefined)
  if (row) return { refused: row.state === 'active' ? null : 'suspended', row }
  if (named) return { refused: 'name-taken' }
  return { refused: create ? null : 'not-created' }
}

/** What is too long or odd for a name or an address is left away. */
function fitting(told: ExternalPerson): ExternalPerson {
  const name = displayName.safeParse(told.displayName)
  const address = mailAddress.safeParse(told.email)
  return { ...told, displayName: name.data ?? told.username, email: address.data ?? null }
}

/** @returns undefined where that name was taken meanwhile */
async function make(needs: Needs, person: ExternalPerson): Promise<UserRow | undefined> {
  const { store, clock, random } = needs
  const user: UserRow = {
    id: newId('usr', random),
    username: person.username,
    username_key: usernameKey(person.username),
    display_name: person.displayName,
    email: person.email,
    password_hash: null,
    created_at: clock.now(),
    state: 'active',
    version: 1,
    external_id: person.externalId,
    given_name: null,
    family_name: null,
    changed_at: clock.now(),
  }
  try {
    await store.write((tx) => writeNewUser(tx, user))
  } catch (error) {
    if (error instanceof Problem && error.slug === 'username-taken') return undefined
    throw error
  }
  await keepGroups(needs, user.id, person.groups)
  return user
}

/** A new name that somebody else has, or had a day ago, is not taken. */
async function keep(needs: Needs, seen: UserRow, person: ExternalPerson): Promise<UserRow> {
  const { store, clock } = needs
  const isRenamed = seen.username !== person.username && (await isFree(store.read, person.username, seen, clock.now()))
  const changes = {
    ...(isRenamed && { username: person.username, username_key: usernameKey(person.username) }),
    ...(seen.display_name !== person.displayName && { display_name: person.displayName }),
    ...(seen.email !== person.email && { email: person.email }),
    ...(seen.external_id !== person.externalId && { external_id: person.externalId }),
  }
  await keepGroups(needs, seen.id, person.groups)
  if (Object.keys(changes).length === 0) return seen
  return store.write(async (tx, announce) => {
    const row = await updateUser(tx, seen, changes, clock.now())
    // Somebody else changed it meanwhile: the next sign-in will do.
    if (!row) return seen
    const detail = { by: 'directory', changed: Object.keys(changes) }
    await record(tx, { at: clock.now(), kind: 'user-changed', user: seen.id, detail })
    await tellOfChanges(tx, { ...needs, announce }, seen, changes)
    return row
  })
}

async function isFree(db: Db, username: string, { id }: UserRow, now: number): Promise<boolean> {
  const other = await findUser(db, username)
  if (other) return other.id === id
  return !(await isHeldFromOthers(db, { username_key: usernameKey(username), user: id }, now))
}

/** Only groups that came from the directory are kept as it says. */
export async function keepGroups({ store, clock }: Needs, user: UserId, names: readonly string[]): Promise<void> {
  const rows = await store.read
    .selectFrom('groups as g')
    .leftJoin('group_members as m', (on) => on.onRef('m.group_id', '=', 'g.id').on('m.user_id', '=', user))
    .select(['g.id', 'g.external_id', 'm.user_id as member'])
    .where('g.external_id', 'like', `${FROM_DIRECTORY}%`)
    .execute()
  const wanted = new Set(names.map((name) => FROM_DIRECTORY + name))
  const changed = rows.filter(({ external_id, member }) => wanted.has(external_id ?? '') === (member === null))
  if (changed.length === 0) return
  await store.write(async (tx) => {
    const at = clock.now()
    for (const { id: group, member } of changed) {
      const isMember = member === null
      if (!(await writeMembership(tx, { group, user, isMember }))) continue
      const kind = isMember ? 'group-member-added' : 'group-member-removed'
      await record(tx, { at, kind, user, detail: { group, by: 'directory' } })
    }
    const groups = changed.map(({ id }) => id)
    await noteMembersChanged(tx, groups, at)
  })
}

/** Those that are to be mirrored are groups here; one of that name that was there before becomes the directory's. */
export async function mirrorGroups({ store, clock, random }: Needs, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const external_id = FROM_DIRECTORY + name
    const known = await groupByName(store.read, name)
    if (known?.external_id === external_id) continue
    await store.write(async (tx) => {
      if (known) {
        await tx.updateTable('groups').set({ external_id }).where('id', '=', known.id).execute()
        const detail = { group: known.id, name, by: 'directory' }
        await record(tx, { at: clock.now(), kind: 'group-changed', detail })
        return
      }
      const id = newId('grp', random)
      const row = { id, name, name_key: usernameKey(name), version: 1, external_id, created_at: clock.now() }
      const made = await tx
        .insertInto('groups')
        .values(row)
        .onConflict((c) => c.column('name_key').doNothing())
        .executeTakeFirstOrThrow()
      if (made.numInsertedOrUpdatedRows !== 1n) return
      await record(tx, { at: clock.now(), kind: 'group-added', detail: { group: id, name, by: 'directory' } })
    })
  }
}

/** By the id that they are known by here. */
export type InDirectory = ReadonlyMap<string, { dn: string; isActive: boolean }>

/** Those who came from the directory, are active here, and are gone or disabled there; and how many came from it. */
export async function goneFromDirectory(
  { read }: Store,
  there: InDirectory,
): Promise<{ gone: UserId[]; known: number }> {
  const rows = await read
    .selectFrom('users')
    .select(['id', 'external_id'])
    .where('external_id', 'like', `${FROM_DIRECTORY}%`)
    .where('state', '=', 'active')
    .execute()
  const gone = rows.filter(({ external_id }) => !there.get(external_id ?? '')?.isActive).map(({ id }) => id)
  return { gone, known: rows.length }
}

/** Who came from the directory and is active here, and in which of its groups they are. */
export async function groupsFromDirectory({ read }: Store): Promise<Map<string, { id: UserId; groups: Set<string> }>> {
  const rows = await read
    .selectFrom('users as u')
    .leftJoin('group_members as m', 'm.user_id', 'u.id')
    .leftJoin('groups as g', (on) =>
      on.onRef('g.id', '=', 'm.group_id').on('g.external_id', 'like', `${FROM_DIRECTORY}%`),
    )
    .select(['u.id', 'u.external_id as person', 'g.external_id as group'])
    .where('u.external_id', 'like', `${FROM_DIRECTORY}%`)
    .where('u.state', '=', 'active')
    .execute()
  const known = new Map<string, { id: UserId; groups: Set<string> }>()
  for (const { id, person, group } of rows) {
    const one = known.get(person ?? '') ?? { id, groups: new Set<string>() }
    if (group !== null) one.groups.add(group.slice(FROM_DIRECTORY.length))
    known.set(person ?? '', one)
  }
  return known
}
