// The people of the directory as a file for spreadsheets, made while it is sent.
import { csvLine } from '../../protocol/csv.ts'
import type { UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { joinedGroups } from './group-list.ts'
import { type UserFilter, usersAfter } from './rows.ts'

const AT_ONCE = 500

/** In the order of user names. What an import reads stands first; it passes over the rest. */
export async function* exportUsers({ store }: { store: Store }, filter: UserFilter): AsyncGenerator<string> {
  yield `\ufeff${csvLine(['username', 'name', 'email', 'groups', 'state', 'password', 'added', 'id'])}`
  for (let after: string | undefined; ; ) {
    const rows = await usersAfter(store.read, { ...filter, after, prefix: '' }, AT_ONCE)
    const groups = await groupNames(
      store.read,
      rows.map(({ id }) => id),
    )
    for (const row of rows)
      yield csvLine([
        row.username,
        row.display_name,
        row.email ?? '',
        joinedGroups(groups.get(row.id) ?? []),
        row.state,
        row.password_hash === null ? '' : 'set',
        timestamp(row.created_at),
        row.id,
      ])
    after = rows.at(-1)?.username_key
    if (rows.length < AT_ONCE) return
  }
}

async function groupNames(db: Db, users: readonly UserId[]): Promise<Map<UserId, string[]>> {
  const names = new Map<UserId, string[]>()
  if (users.length === 0) return names
  const rows = await db
    .selectFrom('group_members')
    .innerJoin('groups', 'groups.id', 'group_members.group_id')
    .select(['group_members.user_id', 'groups.name'])
    .where('group_members.user_id', 'in', users)
    .orderBy('groups.name_key')
    .execute()
  for (const { user_id, name } of rows) names.set(user_id, [...(names.get(user_id) ?? []), name])
  return names
}
