// What a file of people would change, compared with who is there; nothing is written.
import { setImmediate } from 'node:timers/promises'
import type { GroupId, UserId } from '../../../protocol/ids.ts'
import { usernameKey } from '../../../protocol/text.ts'
import type { Db } from '../../store/schema.ts'
import type { UserChanges, UserRow } from '../rows.ts'
import type { Faults, ImportLine } from './read.ts'

export type Addition = { line: ImportLine; groups: GroupId[] }
export type Change = { line: ImportLine; seen: UserRow; changes: UserChanges; groups: GroupId[]; members: string[] }
export type Plan = { additions: Addition[]; changes: Change[]; unchanged: number }

const AT_ONCE = 500

/** Groups that there are not are faults. */
export async function planImport(db: Db, lines: readonly ImportLine[], faults: Faults): Promise<Plan> {
  const groups = await groupsByKey(db)
  const plan: Plan = { additions: [], changes: [], unchanged: 0 }
  for (let at = 0; at < lines.length; at += AT_ONCE) {
    const some = lines.slice(at, at + AT_ONCE)
    const seen = await usersByKey(db, some)
    const memberships = await membershipsOf(db, [...seen.values()])
    for (const line of some) planLine(plan, { line, seen: seen.get(line.key), groups, memberships, faults })
    await setImmediate()
  }
  return plan
}

type About = {
  line: ImportLine
  seen: UserRow | undefined
  groups: ReadonlyMap<string, GroupId>
  memberships: ReadonlySet<string>
  faults: Faults
}

function planLine(plan: Plan, { line, seen, groups, memberships, faults }: About): void {
  const named = (line.groups ?? []).flatMap((name) => {
    const id = groups.get(usernameKey(name))
    if (id === undefined) faults.add(line.line, 'groups', `names ${name}, and there is no such group`)
    return id ?? []
  })
  const wanted = [...new Set(named)]
  if (!seen) {
    plan.additions.push({ line, groups: wanted })
    return
  }
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

async function groupsByKey(db: Db): Promise<Map<string, GroupId>> {
  const rows = await db.selectFrom('groups').select(['id', 'name_key']).execute()
  return new Map(rows.map(({ id, name_key }) => [name_key, id]))
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
