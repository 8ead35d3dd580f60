// What an operator changes about somebody who is in the directory.
import * as z from 'zod/mini'
import type { UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { plainText, username, usernameKey } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { endTemporariesOf } from '../desk/temporary-rows.ts'
import { endAccess } from '../handed-out/end-access.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import { endWaysBack } from '../recovery/ways-back.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { withdrawAll } from '../requests/withdraw.ts'
import { orNotUnique } from '../store/not-unique.ts'
import type { Db } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import { tellOfChanges } from './address-news.ts'
import { refuseHeld } from './former-names.ts'
import { type UserChanges, type UserRow, updateUser } from './rows.ts'
import { displayName, email, knownUser, namePart } from './users.ts'

const edits = z.object({
  username: z.optional(username),
  displayName: z.optional(displayName),
  email: z.optional(z.nullable(email)),
  externalId: z.optional(z.nullable(plainText(1, 256))),
  givenName: z.optional(z.nullable(namePart)),
  familyName: z.optional(z.nullable(namePart)),
})
export type Edits = z.infer<typeof edits>

type Edit = Edits & { id: UserId; version: number }
type ChangeNeeds = SettleNeeds & TellNeeds

/**
 * @param asked.version the one that the caller has seen
 * @throws {Problem} invalid, unknown-user, changed-meanwhile, username-taken
 */
export async function editUser(
  needs: TellNeeds & { store: Store },
  { id, version, ...asked }: Edit,
  by: Actor,
): Promise<UserRow> {
  const { store, clock } = needs
  const changes = columnsOf(parseOrRefuse(edits, asked))
  const seen = await seenAt(store, { id, version })
  const edited = store.write(async (tx, announce) => {
    const row = await written(tx, seen, changes, clock.now())
    await record(tx, { at: clock.now(), kind: 'user-changed', user: id, by, detail: { members: Object.keys(asked) } })
    await tellOfChanges(tx, { ...needs, announce }, seen, changes)
    return row
  })
  const row = await orNotUnique(edited)
  if (!row) throw new Problem('username-taken')
  return row
}

/**
 * As another directory has this person, in one transaction: what is so already is left alone, and where all is, nothing
 * is written. A name that was somebody else's a day ago is taken still.
 * @param asked.version the one that the caller has seen
 * @throws {Problem} invalid, unknown-user, changed-meanwhile, username-taken
 */
export async function alignUser(
  needs: ChangeNeeds,
  { id, version, state, ...asked }: Edit & { state?: UserRow['state'] | undefined },
  by: Actor,
): Promise<UserRow> {
  const { store } = needs
  const seen = await seenAt(store, { id, version })
  const changes = changedIn(seen, columnsOf(parseOrRefuse(edits, asked)))
  const aligned = isTo('suspended', seen, state)
    ? suspended(needs, id, (tx, told) => writeSuspended(tx, told, { seen, changes, by }))
    : store.write(async (tx, announce) => writeAligned(tx, { ...needs, announce }, { seen, state, changes, by }))
  const row = await orNotUnique(aligned)
  if (!row) throw new Problem('username-taken')
  return row
}

const isTo = (state: UserRow['state'], seen: UserRow, asked: UserRow['state'] | undefined) =>
  asked === state && seen.state !== state

/** Those that are not so already. */
function changedIn(seen: UserRow, changes: UserChanges): UserChanges {
  const entries = Object.entries(changes) as [keyof UserChanges, never][]
  return Object.fromEntries(entries.filter(([column, value]) => seen[column] !== value))
}

type Telling = TellNeeds & { announce: Announce }
type Told = ChangeNeeds & Telling
type Aligned = { seen: UserRow; changes: UserChanges; by: Actor }

async function writeAligned(
  tx: Db,
  needs: Told,
  { seen, state, changes, by }: Aligned & { state: UserRow['state'] | undefined },
): Promise<UserRow> {
  const isResumed = isTo('active', seen, state)
  if (!isResumed && Object.keys(changes).length === 0) return seen
  const at = needs.clock.now()
  const row = await written(tx, seen, isResumed ? { ...changes, state: 'active' } : changes, at)
  await recordChanges(tx, needs, { seen, changes, by, at })
  if (isResumed) await recordResumed(tx, needs, seen.id, by)
  return row
}

const MEMBERS: Partial<Record<keyof UserChanges, string>> = {
  username: 'username',
  display_name: 'displayName',
  email: 'email',
  external_id: 'externalId',
  given_name: 'givenName',
  family_name: 'familyName',
}

async function recordChanges(tx: Db, needs: Telling, { seen, changes, by, at }: Aligned & { at: number }) {
  const members = (Object.keys(changes) as (keyof UserChanges)[]).flatMap((column) => MEMBERS[column] ?? [])
  const { username_key } = changes
  if (username_key !== undefined) await refuseHeld(tx, { username_key, user: seen.id }, at)
  if (members.length > 0) await record(tx, { at, kind: 'user-changed', user: seen.id, by, detail: { members } })
  await tellOfChanges(tx, needs, seen, changes)
}

/** @throws {Problem} changed-meanwhile */
async function written(tx: Db, seen: UserRow, changes: UserChanges, at: number): Promise<UserRow> {
  const row = await updateUser(tx, seen, changes, at)
  if (!row) throw new Problem('changed-meanwhile')
  return row
}

function columnsOf({ username, displayName, email, externalId, givenName, familyName }: Edits): UserChanges {
  return {
    ...(username !== undefined && { username, username_key: usernameKey(username) }),
    ...(displayName !== undefined && { display_name: displayName }),
    ...(email !== undefined && { email }),
    ...(externalId !== undefined && { external_id: externalId }),
    ...(givenName !== undefined && { given_name: givenName }),
    ...(familyName !== undefined && { family_name: familyName }),
  }
}

/** @throws {Problem} unknown-user, changed-meanwhile */
async function seenAt({ read }: Store, { id, version }: Pick<Edit, 'id' | 'version'>): Promise<UserRow> {
  const seen = await knownUser(read, id)
  if (seen.version !== version) throw new Problem('changed-meanwhile')
  return seen
}

/**
 * Ends whatever asks as this person, and keeps them from signing in anywhere until they are resumed. Twice is once.
 * @throws {Problem} unknown-user
 */
export async function suspendUser(needs: ChangeNeeds, id: UserId, by: Actor, reason?: string): Promise<UserRow> {
  const row = await knownUser(needs.store.read, id)
  if (row.state === 'suspended') return row
  return suspended(needs, id, async (tx, told) => {
    const seen = await knownUser(tx, id)
    return writeSuspended(tx, told, { seen, changes: {}, by, reason })
  })
}

/** With the transaction in which all that asks as this person ends. */
async function suspended(
  needs: ChangeNeeds,
  id: UserId,
  write: (tx: Db, needs: Told) => Promise<UserRow>,
): Promise<UserRow> {
  let row: UserRow | undefined
  await withdrawAll(needs, id, async (tx, announce) => {
    row = await write(tx, { ...needs, announce })
  })
  if (!row) throw new Error('what was withdrawn was not written')
  return row
}

/** Where an edit came between, nothing is written, and the caller tries again. @throws {Problem} changed-meanwhile */
async function writeSuspended(
  tx: Db,
  needs: Told,
  { seen, changes, by, reason }: Aligned & { reason?: string | undefined },
): Promise<UserRow> {
  const at = needs.clock.now()
  const row = await written(tx, seen, { ...changes, state: 'suspended' }, at)
  await recordChanges(tx, needs, { seen, changes, by, at })
  await endAccess(tx, needs, { user: seen.id, allLinks: 'suspended' })
  await endTemporariesOf(tx, { user: seen.id, now: at, because: 'suspended' })
  await endWaysBack(tx, needs, { user: seen.id, because: 'suspended' })
  await record(tx, { at, kind: 'user-suspended', user: seen.id, by, detail: reason ? { reason } : {} })
  await tell(tx, needs, { user: seen.id, kind: 'user-suspended' })
  return row
}

/** @throws {Problem} unknown-user */
export async function resumeUser(
  needs: Pick<SettleNeeds, 'store' | 'clock'> & TellNeeds,
  id: UserId,
  by: Actor,
): Promise<UserRow> {
  const { store, clock } = needs
  return store.write(async (tx, announce) => {
    const seen = await knownUser(tx, id)
    if (seen.state === 'active') return seen
    const row = await written(tx, seen, { state: 'active' }, clock.now())
    await recordResumed(tx, { ...needs, announce }, id, by)
    return row
  })
}

async function recordResumed(
  tx: Db,
  needs: TellNeeds & { clock: Clock; announce: Announce },
  id: UserId,
  by: Actor,
): Promise<void> {
  await record(tx, { at: needs.clock.now(), kind: 'user-resumed', user: id, by })
  await tell(tx, needs, { user: id, kind: 'user-resumed' })
}
