// What an operator changes about somebody who is in the directory.
import * as z from 'zod/mini'
import type { UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { plainText, username, usernameKey } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import { endSignIns } from '../handed-out/sign-ins.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { withdrawAll } from '../requests/withdraw.ts'
import { orNotUnique } from '../store/not-unique.ts'
import type { Store } from '../store/store.ts'
import { type UserChanges, type UserRow, updateUser } from './rows.ts'
import { displayName, email, knownUser } from './users.ts'

const edits = z.object({
  username: z.optional(username),
  displayName: z.optional(displayName),
  email: z.optional(z.nullable(email)),
  externalId: z.optional(z.nullable(plainText(1, 256))),
})
export type Edits = z.infer<typeof edits>

type Edit = Edits & { id: UserId; version: number }

/**
 * @param asked.version the one that the caller has seen
 * @throws {Problem} invalid, unknown-user, changed-meanwhile, username-taken
 */
export async function editUser(
  { store, clock }: Pick<SettleNeeds, 'store' | 'clock'>,
  { id, version, ...asked }: Edit,
  by: Actor,
): Promise<UserRow> {
  const changes = columnsOf(parseOrRefuse(edits, asked))
  const seen = await seenAt(store, { id, version })
  const edited = store.write(async (tx) => {
    const row = await updateUser(tx, seen, changes)
    if (!row) throw new Problem('changed-meanwhile')
    await record(tx, { at: clock.now(), kind: 'user-changed', user: id, by, detail: { members: Object.keys(asked) } })
    return row
  })
  const row = await orNotUnique(edited)
  if (!row) throw new Problem('username-taken')
  return row
}

function columnsOf({ username, displayName, email, externalId }: Edits): UserChanges {
  return {
    ...(username !== undefined && { username, username_key: usernameKey(username) }),
    ...(displayName !== undefined && { display_name: displayName }),
    ...(email !== undefined && { email }),
    ...(externalId !== undefined && { external_id: externalId }),
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
export async function suspendUser(
  needs: SettleNeeds & TellNeeds,
  id: UserId,
  by: Actor,
  reason?: string,
): Promise<UserRow> {
  const { store, clock } = needs
  let row = await knownUser(store.read, id)
  if (row.state === 'suspended') return row
  await withdrawAll(needs, id, async (tx, announce) => {
    const seen = await knownUser(tx, id)
    const suspended = await updateUser(tx, seen, { state: 'suspended' })
    // An edit came between: nothing is written, and the caller tries again.
    if (!suspended) throw new Problem('changed-meanwhile')
    row = suspended
    await endSignIns(tx, needs, { user: id })
    for (const table of ['sign_ins', 'account_sessions'] as const)
      await tx.deleteFrom(table).where('user_id', '=', id).execute()
    await record(tx, { at: clock.now(), kind: 'user-suspended', user: id, by, detail: reason ? { reason } : {} })
    await tell(tx, { ...needs, announce }, { user: id, kind: 'user-suspended' })
  })
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
    const row = await updateUser(tx, seen, { state: 'active' })
    if (!row) throw new Problem('changed-meanwhile')
    await record(tx, { at: clock.now(), kind: 'user-resumed', user: id, by })
    await tell(tx, { ...needs, announce }, { user: id, kind: 'user-resumed' })
    return row
  })
}
