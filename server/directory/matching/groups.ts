// Groups by a condition.
import type { GroupId, UserId } from '../../../protocol/ids.ts'
import type { Db } from '../../store/schema.ts'
import type { GroupRow } from '../groups.ts'
import { type Columns, type Condition, isEverybody } from './condition.ts'
import { type Page, search } from './search.ts'

const COLUMNS = {
  id: { kind: 'exact', column: 'id', indexed: ['eq'] },
  name: { kind: 'key', column: 'name_key', indexed: ['eq'] },
  externalId: { kind: 'exact', column: 'external_id', indexed: ['eq'] },
  createdAt: { kind: 'time', column: 'created_at' },
  changedAt: { kind: 'time', column: 'changed_at' },
  member: { kind: 'among', column: 'id', own: 'group_id', other: 'user_id', indexed: ['eq'] },
} as const satisfies Columns<string>

export type GroupMember = keyof typeof COLUMNS
export type GroupCondition = Condition<GroupMember>
export type GroupsFound = { total: number; groups: GroupRow[] }

/**
 * In the order of names; without a condition all.
 * @throws {Incomparable} @throws {TooWide}
 */
export async function groupsMatching(db: Db, condition: GroupCondition | undefined, page: Page): Promise<GroupsFound> {
  if (!condition || isEverybody(condition)) return groupsInOrder(db, page)
  const by = { table: 'groups', key: 'name_key', columns: COLUMNS as Columns<GroupMember> } as const
  const { total, ids } = await search<GroupMember, GroupId>(db, by, condition, page)
  if (ids.length === 0) return { total, groups: [] }
  const rows = await db.selectFrom('groups').selectAll().where('id', 'in', ids).orderBy('name_key').execute()
  return { total, groups: rows }
}

async function groupsInOrder(db: Db, { limit, offset, after }: Page): Promise<GroupsFound> {
  const { total } = await db
    .selectFrom('groups')
    .select((e) => e.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const inOrder = db.selectFrom('groups').selectAll().orderBy('name_key').limit(limit)
  const behind = after === undefined ? inOrder.offset(offset) : inOrder.where('name_key', '>', after)
  return { total: Number(total), groups: await behind.execute() }
}

/** In the order of ids. */
export async function membersOf(db: Db, group: GroupId): Promise<UserId[]> {
  const query = db.selectFrom('group_members').select('user_id').where('group_id', '=', group).orderBy('user_id')
  return (await query.execute()).map(({ user_id }) => user_id)
}
