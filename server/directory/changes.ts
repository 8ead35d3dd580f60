// What an operator changes about somebody who is in the directory.
import * as z from 'zod/mini'
import type { UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { plainText, username, usernameKey } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import { mailAddress } from '../mail/address.ts'
import type { TellNeeds } from '../notices/news.ts'
import { orNotUnique } from '../store/not-unique.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { tellOfChanges } from './address-news.ts'
import type { UserChanges, UserRow } from './rows.ts'
import { recordResumed, suspended, writeSuspended } from './suspension.ts'
import { displayName, knownUser, namePart } from './users.ts'
import { type Aligned, type ChangeNeeds, recordChanges, type Told, written } from './written-changes.ts'

const edits = z.object({
  username: z.optional(username),
  displayName: z.optional(displayName),
  email: z.optional(z.nullable(mailAddress)),
  externalId: z.optional(z.nullable(plainText(1, 256))),
  givenName: z.optional(z.nullable(namePart)),
  familyName: z.optional(z.nullable(namePart)),
})
export type Edits = z.infer<typeof edits>

type Edit = Edits & { id: UserId; version: number }

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
