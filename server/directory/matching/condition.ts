// What people or groups are looked for by: said over members of the domain, and made into SQL for either engine.
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import { usernameKey } from '../../../protocol/text.ts'

export type Comparison = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le'
export type Leaf<Member extends string> =
  | { member: Member; is: Comparison; value: string | number | boolean | null }
  | { member: Member; is: 'pr' }
export type Condition<Member extends string> =
  | { all: readonly Condition<Member>[] }
  | { any: readonly Condition<Member>[] }
  | { not: Condition<Member> }
  | Leaf<Member>

/** How a member is held, and by which comparisons an index finds it. */
export type Column = { indexed?: readonly Comparison[] } & (
  | {
      /** compared as user names are, without regard to case, or as it stands */
      kind: 'key' | 'folded' | 'exact'
      column: string
      /** whether the database compares the column by its bytes */
      bytewise?: true
    }
  | { kind: 'flag'; column: string; truth: string }
  | { kind: 'time'; column: string }
  /** the other side of memberships */
  | { kind: 'among'; column: string; own: string; other: string }
)
export type Columns<Member extends string> = Readonly<Record<Member, Column>>

type Sql = Expression<SqlBool>
type Compared = Exclude<Leaf<string>, { is: 'pr' }>

const AND = sql` AND `
const OR = sql` OR `

/** A value that the member can't be compared with, or not so; the edge says it in its own words. */
export class Incomparable extends Error {
  override name = 'Incomparable'
}

/** @throws {Incomparable} */
export function sqlOf<Member extends string>(columns: Columns<Member>, condition: Condition<Member>): Sql {
  if ('all' in condition)
    return joined(
      condition.all.map((one) => sqlOf(columns, one)),
      AND,
    )
  if ('any' in condition)
    return joined(
      condition.any.map((one) => sqlOf(columns, one)),
      OR,
    )
  if ('not' in condition) return sql<SqlBool>`NOT ${sqlOf(columns, condition.not)}`
  return leafSql(columns[condition.member], condition)
}

const joined = (parts: Sql[], by: RawBuilder<unknown>): Sql => sql<SqlBool>`(${sql.join(parts, by)})`

/**
 * What of a condition an index finds, in such a way that nothing is missing; undefined where that is everything.
 * @throws {Incomparable}
 */
export function narrowing<Member extends string>(
  columns: Columns<Member>,
  condition: Condition<Member>,
): Sql | undefined {
  if ('not' in condition) return undefined
  if ('all' in condition) {
    const found = condition.all.flatMap((one) => narrowing(columns, one) ?? [])
    return found.length > 0 ? joined(found, AND) : undefined
  }
  if ('any' in condition) {
    const found = condition.any.map((one) => narrowing(columns, one))
    return found.every((one) => one !== undefined) ? joined(found as Sql[], OR) : undefined
  }
  if (condition.is === 'pr' || condition.value === null) return undefined
  // Every text begins with it.
  if (condition.value === '' && condition.is !== 'eq') return undefined
  const column = columns[condition.member]
  return column.indexed?.includes(condition.is) ? leafSql(column, condition) : undefined
}

/** All there are have an id. */
export const isEverybody = (condition: Condition<string>): boolean =>
  'member' in condition && condition.member === 'id' && condition.is === 'pr'

/** Never null, so that its contrary is the rest. */
function leafSql(column: Column, leaf: Leaf<string>): Sql {
  const ref = sql.ref(column.column)
  if (column.kind === 'among') return amongSql(column, leaf)
  if (leaf.is === 'pr' || leaf.value === null) return presence(ref, leaf.is)
  if (column.kind === 'flag') return flagSql(ref, column.truth, leaf)
  if (column.kind === 'time') return ordered(ref, leaf.is, timeOf(leaf))
  if (typeof leaf.value !== 'string') throw new Incomparable(`${leaf.member} is text`)
  if (column.kind === 'folded') return textSql(sql`lower(${ref})`, leaf.is, sql`lower(${text(leaf.value)})`)
  const value = column.kind === 'key' ? usernameKey(leaf.value) : leaf.value
  const prefixed = column.bytewise && leaf.is === 'sw' && sql<SqlBool>`${ref} >= ${value} AND ${ref} < ${value + LAST}`
  const compared = textSql(ref, leaf.is, text(value))
  return prefixed ? joined([prefixed, compared], AND) : compared
}

/** Both engines are told, for one of them guesses. */
const text = (value: string) => sql`CAST(${value} AS text)`

function presence(ref: RawBuilder<unknown>, is: Comparison | 'pr'): Sql {
  if (is === 'pr' || is === 'ne') return sql<SqlBool>`(${ref} IS NOT NULL)`
  if (is === 'eq') return sql<SqlBool>`(${ref} IS NULL)`
  throw new Incomparable('null can be compared by eq and ne only')
}

function flagSql(ref: RawBuilder<unknown>, truth: string, leaf: Compared): Sql {
  if (typeof leaf.value !== 'boolean' || (leaf.is !== 'eq' && leaf.is !== 'ne'))
    throw new Incomparable(`${leaf.member} is true or false, and compared by eq or ne`)
  return (leaf.is === 'eq') === leaf.value ? sql<SqlBool>`(${ref} = ${truth})` : sql<SqlBool>`(${ref} <> ${truth})`
}

function timeOf({ member, value }: Compared): number {
  const time = typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(time)) throw new Incomparable(`${member} is a time, written as 2026-01-31T12:00:00Z`)
  return time
}

function amongSql({ column, own, other }: Column & { kind: 'among' }, leaf: Leaf<string>): Sql {
  const of = sql`SELECT ${sql.ref(own)} FROM group_members`
  const ref = sql.ref(column)
  if (leaf.is === 'pr') return sql<SqlBool>`(${ref} IN (${of}))`
  if (typeof leaf.value !== 'string' || (leaf.is !== 'eq' && leaf.is !== 'ne'))
    throw new Incomparable(`${leaf.member} is an id, and compared by eq or ne`)
  const found = sql<SqlBool>`(${ref} IN (${of} WHERE ${sql.ref(other)} = ${leaf.value}))`
  return leaf.is === 'eq' ? found : sql<SqlBool>`NOT ${found}`
}

const ORDER = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' } as const
const isOrder = (is: Comparison): is is keyof typeof ORDER => is in ORDER

function ordered(ref: RawBuilder<unknown>, is: Comparison, value: number): Sql {
  if (!isOrder(is)) throw new Incomparable(`a time can’t be compared by ${is}`)
  return sql<SqlBool>`(${ref} ${sql.raw(ORDER[is])} ${value})`
}

/** Behind every text that begins with a prefix: no character is above it. */
const LAST = '\u{10ffff}'

/** By functions that both engines have, and none with wildcards: what is looked for is only ever a value. */
function textSql(ref: RawBuilder<unknown>, is: Comparison, value: RawBuilder<unknown>): Sql {
  if (is === 'ne') return sql<SqlBool>`(${ref} IS NULL OR ${ref} <> ${value})`
  return sql<SqlBool>`(${ref} IS NOT NULL AND ${comparison(ref, is, value)})`
}

function comparison(ref: RawBuilder<unknown>, is: Exclude<Comparison, 'ne'>, value: RawBuilder<unknown>) {
  if (is === 'co') return sql`(${value} = '' OR replace(${ref}, ${value}, '') <> ${ref})`
  if (is === 'sw') return sql`substr(${ref}, 1, length(${value})) = ${value}`
  if (is === 'ew')
    return sql`(length(${ref}) >= length(${value}) AND substr(${ref}, length(${ref}) - length(${value}) + 1) = ${value})`
  return sql`${ref} ${sql.raw(ORDER[is])} ${value}`
}
