// Filters of SCIM as conditions of the directory: which attribute is which member.
import { type Condition, Incomparable, isEverybody } from '../directory/matching/condition.ts'
import type { GroupCondition, GroupMember } from '../directory/matching/groups.ts'
import { MOST_COMPARED, TooWide } from '../directory/matching/search.ts'
import type { UserCondition, UserMember } from '../directory/matching/users.ts'
import { type Filter, type FilterLeaf, parseFilter } from './filter.ts'
import { Refusal } from './refusal.ts'

/** Attribute, lower case → member; or what all values that there are have in it. */
type Attributes<Member> = Record<string, { member: Member; always?: string | boolean }>

const USERS: Attributes<UserMember> = {
  id: { member: 'id' },
  username: { member: 'username' },
  externalid: { member: 'externalId' },
  displayname: { member: 'displayName' },
  'name.formatted': { member: 'displayName' },
  'name.givenname': { member: 'givenName' },
  'name.familyname': { member: 'familyName' },
  emails: { member: 'email' },
  'emails.value': { member: 'email' },
  'emails.type': { member: 'email', always: 'work' },
  'emails.primary': { member: 'email', always: true },
  active: { member: 'active' },
  groups: { member: 'group' },
  'groups.value': { member: 'group' },
  'meta.resourcetype': { member: 'id', always: 'user' },
  'meta.created': { member: 'createdAt' },
  'meta.lastmodified': { member: 'changedAt' },
}

const GROUPS: Attributes<GroupMember> = {
  id: { member: 'id' },
  displayname: { member: 'name' },
  externalid: { member: 'externalId' },
  members: { member: 'member' },
  'members.value': { member: 'member' },
  'meta.resourcetype': { member: 'id', always: 'group' },
  'meta.created': { member: 'createdAt' },
  'meta.lastmodified': { member: 'changedAt' },
}

/** @param lacks see conditionOf @throws {Refusal} invalidFilter */
export const userCondition = (filter: string, lacks?: Lacks): UserCondition =>
  conditionOf(USERS, parseFilter(filter), lacks)

/** @param lacks see conditionOf @throws {Refusal} invalidFilter */
export const groupCondition = (filter: string, lacks?: Lacks): GroupCondition =>
  conditionOf(GROUPS, parseFilter(filter), lacks)

type Lacks = (path: string) => boolean

/** @param after see Page @param lacks see conditionOf */
export type Looking = { after?: string | undefined; lacks?: Lacks | undefined }

/** Of a search among all there is: what only the others have, nobody here has a value of (RFC 7644 §3.4.2.1). */
export const onlyOthersHave: Lacks = (path) => Object.hasOwn(USERS, path) || Object.hasOwn(GROUPS, path)

/** @param lacks which attributes that are none here have no value, in place of being refused */
function conditionOf<Member extends string>(
  attributes: Attributes<Member>,
  filter: Filter,
  lacks: Lacks = () => false,
): Condition<Member | 'id'> {
  if ('all' in filter) return { all: filter.all.map((one) => conditionOf(attributes, one, lacks)) }
  if ('any' in filter) {
    const any = filter.any.map((one) => conditionOf(attributes, one, lacks))
    return any.find(isEverybody) ?? { any }
  }
  if ('not' in filter) return { not: conditionOf(attributes, filter.not, lacks) }
  const attribute = Object.hasOwn(attributes, filter.path) ? attributes[filter.path] : undefined
  if (!attribute && lacks(filter.path)) return withoutValue(filter)
  if (!attribute) throw new Refusal(400, 'invalidFilter', `There is no filter by “${filter.path}”.`)
  const { member, always } = attribute
  return always === undefined ? leaf(member, filter) : constant(member, filter, always)
}

/** Nobody's id is empty: an index says so at once. */
const NOBODY = { member: 'id', is: 'eq', value: '' } as const

/** What has no value is unlike each value, and equal to none at all. */
function withoutValue<Member extends string>(compared: FilterLeaf): Condition<Member | 'id'> {
  if (compared.is === 'pr') return NOBODY
  const isMet = compared.value === null ? compared.is === 'eq' : compared.is === 'ne'
  return isMet ? { member: 'id', is: 'pr' } : NOBODY
}

function leaf<Member extends string>(member: Member, { path: _, ...compared }: FilterLeaf): Condition<Member> {
  if (compared.is === 'pr') return { member, is: 'pr' }
  const { is, value } = compared
  // Entra ID writes booleans as text.
  return { member, is, value: member === 'active' ? truth(value) : value }
}

function truth<T>(value: T): T | boolean {
  const text = String(value).toLowerCase()
  return text === 'true' ? true : text === 'false' ? false : value
}

/** There is one mail address, of the type work, and it is the primary one; each resource has the type of its kind. */
function constant<Member extends string>(
  member: Member,
  filter: FilterLeaf,
  always: string | boolean,
): Condition<Member | 'id'> {
  const present = { member, is: 'pr' } as const
  if (filter.is === 'pr') return present
  if (filter.is !== 'eq' && filter.is !== 'ne')
    throw new Refusal(400, 'invalidFilter', `“${filter.path}” is compared by eq or ne only.`)
  const isSame =
    typeof always === 'string' ? String(filter.value).toLowerCase() === always : truth(filter.value) === always
  return (filter.is === 'eq') === isSame ? present : NOBODY
}

/** @throws {Refusal} invalidFilter, tooMany */
export async function asked<T>(looking: () => Promise<T>): Promise<T> {
  try {
    return await looking()
  } catch (error) {
    if (error instanceof Incomparable)
      throw new Refusal(400, 'invalidFilter', `The filter can’t be answered: ${error.message}.`)
    if (error instanceof TooWide) throw new Refusal(400, 'tooMany', TOO_WIDE)
    throw error
  }
}

const TOO_WIDE =
  `The filter would compare more than ${MOST_COMPARED} resources. ` +
  'Narrow it by one of: id eq, userName eq or sw, externalId eq, emails.value eq, groups.value eq, meta.lastModified.'
