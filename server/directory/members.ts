// Who is in which group.
import type { GroupId, UserId } from '../../protocol/ids.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { knownGroup } from './groups.ts'
import { knownUser } from './users.ts'

type Membership = { group: GroupId; user: UserId; isMember: boolean }
type MemberRow = { group_id: GroupId; user_id: UserId }

/** In or out; what is so already changes nothing. @throws {Problem} unknown-group, unknown-user */
export async function setMembership(
  { store, clock }: { store: Store; clock: Clock },
  membership: Membership,
  by: Actor,
): Promise<void> {
  const { group, user, isMember } = membership
  await store.write(async (tx) => {
    await knownGroup(tx, group)
    await knownUser(tx, user)
    if (!(await writeMembership(tx, membership))) return
    const at = clock.now()
    await noteMembersChanged(tx, [group], at)
    await record(tx, {
      at,
      kind: isMember ? 'group-member-added' : 'group-member-removed',
      user,
      by,
      detail: { group },
    })
  })
}

/** @returns whether anything changed */
export async function writeMembership(tx: Db, { group, user, isMember }: Membership): Promise<boolean> {
  if (isMember) return (await insertMembers(tx, [{ group_id: group, user_id: user }])) === 1
  return (await deleteMembers(tx, group, [user])) === 1
}

/** @returns how many were not in before */
export async function insertMembers(tx: Db, rows: readonly MemberRow[]): Promise<number> {
  const added = await tx
    .insertInto('group_members')
    .values(rows)
    .onConflict((c) => c.columns(['group_id', 'user_id']).doNothing())
    .executeTakeFirstOrThrow()
  return Number(added.numInsertedOrUpdatedRows ?? 0)
}

/** @returns how many were in before */
export async function deleteMembers(tx: Db, group: GroupId, users: readonly UserId[]): Promise<number> {
  const removed = await tx
    .deleteFrom('group_members')
    .where('group_id', '=', group)
    .where('user_id', 'in', users)
    .executeTakeFirstOrThrow()
  return Number(removed.numDeletedRows)
}

/** So that whoever has seen the members before knows that they are others now. */
export async function noteMembersChanged(tx: Db, groups: readonly GroupId[], at: number): Promise<void> {
  if (groups.length === 0) return
  await tx
    .updateTable('groups')
    .set((e) => ({ members_version: e('members_version', '+', 1), changed_at: at }))
    .where('id', 'in', groups)
    .execute()
}
