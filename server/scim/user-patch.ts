// Changes of single attributes of a User, carried out on the attributes as they are; what comes of it is read as if it
// had been sent whole.

import type { Filter, FilterLeaf } from './filter.ts'
import { type Operation, refusePath, refuseReadOnly } from './patch.ts'

type Attributes = Record<string, unknown>
type Entry = Record<string, unknown>

const SINGLE: Record<string, string> = {
  username: 'userName',
  externalid: 'externalId',
  displayname: 'displayName',
  active: 'active',
}
const NAME_PARTS: Record<string, string> = {
  givenname: 'givenName',
  familyname: 'familyName',
  formatted: 'formatted',
}
const EMAIL_PARTS: Record<string, string> = { value: 'value', type: 'type', primary: 'primary' }

/** Attributes of RFC 7643 §4.1 that we keep nothing of; and so is whatever an extension brings. */
const UNKEPT = new Set([
  ...['nickname', 'profileurl', 'title', 'usertype', 'preferredlanguage', 'locale', 'timezone', 'password'],
  ...['phonenumbers', 'ims', 'photos', 'addresses', 'entitlements', 'roles', 'x509certificates'],
])
const UNKEPT_PARTS = new Set(['middlename', 'honorificprefix', 'honorificsuffix', 'display'])

/** @throws {Refusal} invalidPath, mutability */
export function changed(from: Attributes, operations: readonly Operation[]): Attributes {
  return operations.reduce(apply, from)
}

function apply(attributes: Attributes, operation: Operation): Attributes {
  const { attribute } = operation.path
  if (attribute.startsWith('urn:') || UNKEPT.has(attribute)) return attributes
  refuseReadOnly(operation.path)
  if (attribute === 'name') return applyName(attributes, operation)
  if (attribute === 'emails') return { ...attributes, emails: applyEmails(entriesOf(attributes.emails), operation) }
  const name = known(SINGLE, attribute)
  if (name === undefined || operation.path.sub !== undefined || operation.path.filter) return refusePath(operation.path)
  return { ...attributes, [name]: operation.deed === 'remove' ? null : operation.value }
}

const known = (names: Record<string, string>, name: string) => (Object.hasOwn(names, name) ? names[name] : undefined)

function applyName(attributes: Attributes, { deed, path, value }: Operation): Attributes {
  if (path.filter) return refusePath(path)
  const before = (attributes.name ?? {}) as Entry
  if (path.sub === undefined) {
    if (deed === 'remove') return { ...attributes, name: null }
    return { ...attributes, name: deed === 'add' ? { ...before, ...(value as Entry) } : value }
  }
  if (UNKEPT_PARTS.has(path.sub)) return attributes
  const part = known(NAME_PARTS, path.sub) ?? refusePath(path)
  return { ...attributes, name: { ...before, [part]: deed === 'remove' ? null : value } }
}

const entriesOf = (value: unknown) => (value ?? []) as Entry[]

function applyEmails(emails: Entry[], operation: Operation): Entry[] {
  const { deed, path, value } = operation
  const { filter, sub } = path
  if (sub !== undefined) return applyPart(emails, operation, sub)
  if (!filter) {
    if (deed === 'replace') return listed(value)
    if (deed === 'add') return [...emails.filter((one) => !isAmong(one, listed(value))), ...listed(value)]
    return value == null ? [] : emails.filter((one) => !isAmong(one, listed(value)))
  }
  if (deed === 'remove') return emails.filter((one) => !matches(one, filter))
  const given = listed(value)[0] ?? {}
  if (!emails.some((one) => matches(one, filter))) return [...emails, { ...shownBy(filter), ...given }]
  return emails.map((one) => (matches(one, filter) ? { ...one, ...given } : one))
}

/** Where no address is like that yet, one is made so: that is how directories set the first. */
function applyPart(emails: Entry[], { deed, path, value }: Operation, sub: string): Entry[] {
  if (UNKEPT_PARTS.has(sub)) return emails
  const part = known(EMAIL_PARTS, sub) ?? refusePath(path)
  const { filter = { all: [] } } = path
  const change = { [part]: deed === 'remove' ? null : value }
  if (emails.some((one) => matches(one, filter)))
    return emails.map((one) => (matches(one, filter) ? { ...one, ...change } : one))
  return deed === 'remove' ? emails : [...emails, { ...shownBy(filter), ...change }]
}

function listed(value: unknown): Entry[] {
  const all: unknown[] = Array.isArray(value) ? value : value == null ? [] : [value]
  return all.map((one) => (typeof one === 'string' ? { value: one } : (one as Entry)))
}

const isAmong = (one: Entry, others: readonly Entry[]) =>
  others.some((other) => folded(other?.value) === folded(one.value))

const folded = (value: unknown) => String(value ?? '').toLowerCase()

function matches(one: Entry, filter: Filter): boolean {
  if ('all' in filter) return filter.all.every((inner) => matches(one, inner))
  if ('any' in filter) return filter.any.some((inner) => matches(one, inner))
  if ('not' in filter) return !matches(one, filter.not)
  return isLike(folded(one[filter.path]), filter)
}

function isLike(held: string, leaf: FilterLeaf): boolean {
  if (leaf.is === 'pr') return held !== ''
  const value = folded(leaf.value)
  switch (leaf.is) {
    case 'eq':
      return held === value
    case 'ne':
      return held !== value
    case 'co':
      return held.includes(value)
    case 'sw':
      return held.startsWith(value)
    case 'ew':
      return held.endsWith(value)
    default:
      return false
  }
}

/** What an entry that the filter finds has at least. */
function shownBy(filter: Filter): Entry {
  if ('all' in filter) return Object.assign({}, ...filter.all.map(shownBy))
  return 'path' in filter && filter.is === 'eq' ? { [filter.path]: filter.value } : {}
}
