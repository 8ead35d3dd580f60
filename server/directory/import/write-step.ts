// Some lines of a file of people in one transaction, in statements of many rows each.
import { type GroupId, newId, type RandomBytes, type UserId } from '../../../protocol/ids.ts'
import type { Actor } from '../../audit/actor.ts'
import { type AuditEntry, recordAll } from '../../audit/record.ts'
import type { Db } from '../../store/schema.ts'
import { mustWin } from '../../store/until-won.ts'
import { isMoved, noteMoved } from '../address-news.ts'
import { insertMembers, noteMembersChanged } from '../members.ts'
import { insertUsers, type UserRow, updateUser } from '../rows.ts'
import type { Change, Plan } from './plan.ts'
import type { ImportLine } from './read.ts'

type About = { at: number; by: Actor; random: RandomBytes }

/** Both engines have a bound on the values of one statement: a person may be in many groups. */
const ROWS_AT_ONCE = 500

/** @throws {Overtaken} where somebody else was quicker */
export async function writeStep(tx: Db, plan: Plan, { at, by, random }: About): Promise<void> {
  const entries: AuditEntry[] = []
  const joins: { group_id: GroupId; user_id: UserId }[] = []
  const join = (user: UserId, groups: readonly GroupId[]) => {
    for (const group of groups) {
      joins.push({ group_id: group, user_id: user })
      entries.push({ at, kind: 'group-member-added', user, by, detail: { group } })
    }
  }
  await updateSeen(tx, plan.changes, at)
  for (const { seen, members, groups } of plan.changes) {
    entries.push({ at, kind: 'user-changed', user: seen.id, by, detail: { members } })
    join(seen.id, groups)
  }
  const added = plan.additions.map(({ line, groups }) => {
    const row = newRow(newId('usr', random), line, at)
    entries.push({ at, kind: 'user-added', user: row.id, by, detail: { username: row.username } })
    join(row.id, groups)
    return row
  })
  if (added.length > 0) await insertUsers(tx, added)
  for (const rows of inParts(joins)) await insertMembers(tx, rows)
  await noteMembersChanged(tx, [...new Set(joins.map(({ group_id }) => group_id))], at)
  for (const some of inParts(entries)) await recordAll(tx, some)
}

async function updateSeen(tx: Db, changes: readonly Change[], at: number): Promise<void> {
  for (const { seen, changes: to } of changes)
    if (Object.keys(to).length > 0) await mustWin(updateUser(tx, seen, to, at).then((row) => row !== undefined))
  const moved = changes.filter(({ seen, changes: to }) => isMoved(seen, to)).map(({ seen }) => seen)
  if (moved.length > 0) await noteMoved(tx, moved, at)
}

function newRow(id: UserId, { username, key, name, email }: ImportLine, at: number): UserRow {
  return {
    id,
    username,
    username_key: key,
    display_name: name || username,
    email: email ?? null,
    password_hash: null,
    created_at: at,
    state: 'active',
    version: 1,
    external_id: null,
    given_name: null,
    family_name: null,
    changed_at: at,
  }
}

function* inParts<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += ROWS_AT_ONCE) yield all.slice(at, at + ROWS_AT_ONCE)
}
