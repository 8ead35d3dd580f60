// What a file of people would change, compared with who is there; nothing is written.
import type { GroupId, UserId } from '../../../protocol/ids.ts'
import type { Imported } from '../../../protocol/operator-api/user-import.ts'
import { usernameKey } from '../../../protocol/text.ts'
import type { Db } from '../../store/schema.ts'
import type { UserChanges, UserRow } from '../rows.ts'
import type { Faults, ImportLine } from './read.ts'

type Addition = { line: ImportLine; groups: GroupId[] }
export type Change = { line: ImportLine; seen: UserRow; changes: UserChanges; groups: GroupId[]; members: string[] }
export type Plan = { additions: Addition[]; changes: Change[]; unchanged: number }

export function addUp(counts: Imported, { additions, changes, unchanged }: Plan): void {
  counts.added += additions.length
  counts.changed += changes.length
  counts.unchanged += unchanged
}

export type GroupIds = ReadonlyMap<string, GroupId>

/** By the names that are compared. */
export async function groupIds(db: Db): Promise<GroupIds> {
  const rows = await db.selectFrom('groups').select(['id', 'name_key']).execute()
  return new Map(rows.map(({ id, name_key }) => [name_key, id]))
}

/** Groups that there are not are faults. */
export function knownGroups({ line, groups }: ImportLine, known: GroupIds, faults: Faults): GroupId[] {
  const named = (groups ?? []).flatMap((name) => {
    const id = known.get(usernameKey(name))
    if (id === undefined) faults.add(line, 'groups', `names ${name}, and there is no such group`)
    return id ?? []
  })
  return [...new Set(named)]
}

/** @param lines as many as a statement may name */
export async function planLines(
  db: Db,
  lines: readonly ImportLine[],
  about: { groups: GroupIds; faults: Faults },
): Promise<Plan> {
  const plan: Plan = { additions: [], changes: [], unchanged: 0 }
  const seen = await usersByKey(db, lines)
  const memberships = await membershipsOf(db, [...seen.values()])
  for (const line of lines) {
    const wanted = knownGroups(line, about.groups, about.faults)
    const user = seen.get(line.key)
    if (user) planChange(plan, { line, seen: user, wanted, memberships })
    else plan.additions.push({ line, groups: wanted })
  }
  return plan
}

type Known = { line: ImportLine; seen: UserRow; wanted: GroupId[]; memberships: ReadonlySet<string> }

function planChange(plan: Plan, { line, seen, wanted, memberships }: Known): void {
  const changes = changesOf(line, seen)
  const joins = wanted.filter((group) => !memberships.has(`${group} ${seen.id}`))
  const members = [
    ...(changes.username === undefined ? [] : ['username']),
    ...(changes.display_name === undefined ? [] : ['name']),
    ...(changes.email === undefined ? [] : ['email']),
    ...(joins.length === 0 ? [] : ['groups']),
  ]
  if (members.length === 0) plan.unchanged++
  else plan.changes.push({ line, seen, changes, groups: joins, members })
}

/** What a file does not say stays: it has no such column, or leaves the name empty. */
function changesOf({ username, name, email }: ImportLine, seen: UserRow): UserChanges {
  return {
    ...(username !== seen.username && { username }),
    ...(name && name !== seen.display_name && { display_name: name }),
    ...(email !== undefined && email !== seen.email && { email }),
  }
}

async function usersByKey(db: Db, lines: readonly ImportLine[]): Promise<Map<string, UserRow>> {
  const keys = lines.map(({ key }) => key)
  const rows = await db.selectFrom('users').selectAll().where('username_key', 'in', keys).execute()
  return new Map(rows.map((row) => [row.username_key, row]))
}

async function membershipsOf(db: Db, users: readonly { id: UserId }[]): Promise<Set<string>> {
  if (users.length === 0) return new Set()
  const ids = users.map(({ id }) => id)
  const rows = await db.selectFrom('group_members').selectAll().where('user_id', 'in', ids).execute()
  return new Set(rows.map(({ group_id, user_id }) => `${group_id} ${user_id}`))
}
