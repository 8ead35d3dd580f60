// Lists of people narrowed to a group, or to who is stuck: there are two ways to make one, and which is the short one
// depends on how many they are.
import { type SqlBool, sql } from 'kysely'
import type { GroupId } from '../../protocol/ids.ts'
import type { StuckHow } from '../../protocol/operator-api/users.ts'
import { countRows } from '../store/count-rows.ts'
import type { Db } from '../store/schema.ts'

/** Of so many members all are looked at and sorted; of more, a page of people in their order holds enough of them. */
const FEW = 5000

/** @returns how many belong to any of them, at most `most` */
export async function membersUpTo(db: Db, groups: readonly GroupId[], most: number): Promise<number> {
  if (groups.length === 0) return 0
  const some = db
    .selectFrom('group_members')
    .select('user_id')
    .where('group_id', 'in', groups)
    // Nobody is twice in one: the index alone answers.
    .$if(groups.length > 1, (query) => query.distinct())
    .limit(most)
  return countRows(db, some)
}

/** @returns a condition on the column that holds a person’s id, for which both engines find the short way */
export async function belongingTo(db: Db, group: GroupId) {
  const isSmall = (await membersUpTo(db, [group], FEW)) < FEW
  const to = (person: 'users.id' | 'unenrolled.user_id') => {
    const column = sql.ref(person)
    return isSmall
      ? sql<SqlBool>`${column} in (select user_id from group_members where group_id = ${group})`
      : sql<SqlBool>`exists (select 1 from group_members where group_id = ${group} and user_id = ${column})`
  }
  return { isSmall, to }
}

/** Who can't sign in as usual at a moment. */
export type Stuck = { how: StuckHow; at: number }

const HELD = { 'push-paused': 'push_paused_until', 'passcodes-locked': 'passcodes_locked_until' } as const

/** @returns as `belongingTo` does */
export async function stuckAs(db: Db, { how, at }: Stuck) {
  // `> 0` stands in the text: SQLite uses a partial index only where it can see that it fits.
  const those =
    how === 'unreachable'
      ? sql`select user_id from unreachable where true`
      : sql`select user_id from throttles where ${sql.ref(HELD[how])} > 0 and ${sql.ref(HELD[how])} > ${at}`
  const { rows } = await sql<{ count: number }>`select count(*) as count from (${those} limit ${FEW}) as few`.execute(
    db,
  )
  const isSmall = Number(rows[0]?.count) < FEW
  const to = (person: 'users.id') => {
    const column = sql.ref(person)
    return isSmall ? sql<SqlBool>`${column} in (${those})` : sql<SqlBool>`exists (${those} and user_id = ${column})`
  }
  return { isSmall, to }
}
