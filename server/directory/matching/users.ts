// People by a condition.
import type { UserId } from '../../../protocol/ids.ts'
import type { Db } from '../../store/schema.ts'
import { type UserRow, usersById } from '../rows.ts'
import { type Columns, type Condition, isEverybody } from './condition.ts'
import { type Page, search } from './search.ts'

const RANGES = ['eq', 'gt', 'ge', 'lt', 'le'] as const

const COLUMNS = {
  id: { kind: 'exact', column: 'id', indexed: ['eq'] },
  username: { kind: 'key', column: 'username_key', bytewise: true, indexed: ['eq', 'sw'] },
  externalId: { kind: 'exact', column: 'external_id', indexed: ['eq'] },
  displayName: { kind: 'folded', column: 'display_name' },
  givenName: { kind: 'folded', column: 'given_name' },
  familyName: { kind: 'folded', column: 'family_name' },
  email: { kind: 'folded', column: 'email', indexed: ['eq'] },
  active: { kind: 'flag', column: 'state', truth: 'active', indexed: ['eq', 'ne'] },
  createdAt: { kind: 'time', column: 'created_at' },
  changedAt: { kind: 'time', column: 'changed_at', indexed: RANGES },
  group: { kind: 'among', column: 'id', own: 'user_id', other: 'group_id', indexed: ['eq'] },
} as const satisfies Columns<string>

export type UserMember = keyof typeof COLUMNS
export type UserCondition = Condition<UserMember>
export type UsersFound = { total: number; users: UserRow[] }

/**
 * In the order of user names; without a condition everybody.
 * @throws {Incomparable} @throws {TooWide}
 */
export async function usersMatching(db: Db, condition: UserCondition | undefined, page: Page): Promise<UsersFound> {
  const state = condition && stateAlone(condition)
  if (!condition || state || isEverybody(condition)) return usersInOrder(db, state, page)
  const by = { table: 'users', key: 'username_key', columns: COLUMNS as Columns<UserMember> } as const
  const { total, ids } = await search<UserMember, UserId>(db, by, condition, page)
  const rows = await usersById(db, ids)
  return { total, users: ids.flatMap((id) => rows.get(id) ?? []) }
}

/** Whoever asks for nothing but the active ones, say, asks for a list that an index has in order. */
function stateAlone(condition: UserCondition): UserRow['state'] | undefined {
  if (!('member' in condition) || condition.member !== 'active' || condition.is === 'pr') return undefined
  if (typeof condition.value !== 'boolean' || (condition.is !== 'eq' && condition.is !== 'ne')) return undefined
  return (condition.is === 'eq') === condition.value ? 'active' : 'suspended'
}

async function usersInOrder(db: Db, state: UserRow['state'] | undefined, page: Page): Promise<UsersFound> {
  let all = db.selectFrom('users')
  if (state) all = all.where('state', '=', state)
  const { total } = await all.select((e) => e.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  if (page.limit === 0) return { total: Number(total), users: [] }
  const inOrder = all.selectAll().orderBy('username_key').limit(page.limit)
  const { after } = page
  const behind = after === undefined ? inOrder.offset(page.offset) : inOrder.where('username_key', '>', after)
  const users = await behind.execute()
  return { total: Number(total), users }
}
