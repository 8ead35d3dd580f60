// Somebody who may sign in nowhere, until they are resumed.
import type { UserId } from '../../protocol/ids.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { endAccess } from '../handed-out/end-access.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import { endTemporariesOf } from '../passcodes/temporary-rows.ts'
import { endWaysBack } from '../recovery/ways-back.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { withdrawAll } from '../requests/withdraw.ts'
import type { Db } from '../store/schema.ts'
import type { Announce } from '../store/store.ts'
import type { UserRow } from './rows.ts'
import { knownUser } from './users.ts'
import { type Aligned, type ChangeNeeds, recordChanges, type Told, written } from './written-changes.ts'

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
export async function suspended(
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
export async function writeSuspended(
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

export async function recordResumed(
  tx: Db,
  needs: TellNeeds & { clock: Clock; announce: Announce },
  id: UserId,
  by: Actor,
): Promise<void> {
  await record(tx, { at: needs.clock.now(), kind: 'user-resumed', user: id, by })
  await tell(tx, needs, { user: id, kind: 'user-resumed' })
}
