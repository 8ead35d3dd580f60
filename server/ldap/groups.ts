// In which of the mirrored groups an entry is, and who is in them, through groups in groups.
import { type Entry, Filter } from 'ldapts'
import type { LdapConfig } from '../config-ldap.ts'
import type { Everything } from './everything.ts'

/** MS-ADTS §3.1.1.3.4.4.3, LDAP_MATCHING_RULE_TRANSITIVE_EVAL: the server follows groups in groups by itself */
const IN_CHAIN = '1.2.840.113556.1.4.1941'
const DEEPEST = 10
const MOST = 1000
const AT_ONCE = 50

type Asked = Pick<LdapConfig, 'groups' | 'groupBase' | 'kind'>
type Found = { dn: string; cn: string }

/** @returns the names of the mirrored groups among them, in the order of the configuration */
export async function groupsOfEntry(all: Everything, dn: string, asked: Asked): Promise<string[]> {
  if (asked.groups.length === 0) return []
  const found = asked.kind === 'active-directory' ? await inChain(all, dn, asked) : await stepByStep(all, dn, asked)
  const names = new Set(found.map(({ cn }) => cn.toLowerCase()))
  return asked.groups.filter((group) => names.has(group.toLowerCase()))
}

const inChain = (all: Everything, dn: string, asked: Asked) =>
  search(all, `(&(objectClass=group)(member:${IN_CHAIN}:=${Filter.escape(dn)}))`, asked)

/** Bounded, and no group is looked at twice: they may hold one another. */
async function stepByStep(all: Everything, dn: string, asked: Asked): Promise<Found[]> {
  const known = new Map<string, Found>()
  let next = [dn]
  for (let depth = 0; depth < DEEPEST && next.length > 0 && known.size < MOST; depth++) {
    const found: Found[] = []
    for (let at = 0; at < next.length; at += AT_ONCE) {
      const members = next.slice(at, at + AT_ONCE).map((one) => Filter.escape(one))
      const parts = members.map((member) => `(member=${member})(uniqueMember=${member})`)
      found.push(...(await search(all, `(|${parts.join('')})`, asked)))
    }
    const fresh = found.filter((group) => !known.has(group.dn.toLowerCase()))
    for (const group of fresh) known.set(group.dn.toLowerCase(), group)
    next = fresh.map((group) => group.dn)
  }
  return [...known.values()]
}

async function search(all: Everything, filter: string, { groupBase }: Asked): Promise<Found[]> {
  const found: Found[] = []
  for await (const { dn, cn } of all(groupBase, { filter, attributes: ['cn'] }))
    found.push({ dn, cn: String(Array.isArray(cn) ? cn[0] : cn) })
  return found
}

type Whole = Pick<LdapConfig, 'groups' | 'groupBase' | 'kind' | 'base'>

/** @returns the members' names in lower case, by mirrored group */
export async function membersOfGroups(all: Everything, asked: Whole): Promise<Map<string, Set<string>>> {
  if (asked.groups.length === 0) return new Map()
  return asked.kind === 'active-directory' ? membersInChain(all, asked) : membersStepByStep(all, asked)
}

/** A group there shows at most 1,500 of its members; its members show themselves. */
async function membersInChain(all: Everything, asked: Whole): Promise<Map<string, Set<string>>> {
  const members = new Map<string, Set<string>>()
  for (const group of asked.groups) {
    const names = new Set<string>()
    for (const { dn } of await search(all, `(&(objectClass=group)(cn=${Filter.escape(group)}))`, asked)) {
      const filter = `(memberOf:${IN_CHAIN}:=${Filter.escape(dn)})`
      for await (const entry of all(asked.base, { filter, attributes: ['1.1'], timeLimit: 0 }))
        names.add(entry.dn.toLowerCase())
    }
    members.set(group, names)
  }
  return members
}

/** All groups at once, and then down from each. */
async function membersStepByStep(all: Everything, { groups, groupBase }: Whole): Promise<Map<string, Set<string>>> {
  const options = { filter: '(|(member=*)(uniqueMember=*))', attributes: ['cn', 'member', 'uniqueMember'] }
  const membersOf = new Map<string, string[]>()
  const named = new Map<string, string[]>()
  for await (const entry of all(groupBase, { ...options, timeLimit: 0 })) {
    const dn = entry.dn.toLowerCase()
    membersOf.set(dn, [...textsOf(entry.member), ...textsOf(entry.uniqueMember)])
    for (const cn of textsOf(entry.cn)) named.set(cn, [...(named.get(cn) ?? []), dn])
  }
  return new Map(groups.map((group) => [group, below(named.get(group.toLowerCase()) ?? [], membersOf)]))
}

/** Groups may hold one another. */
function below(from: readonly string[], membersOf: ReadonlyMap<string, string[]>): Set<string> {
  const known = new Set<string>()
  let next = [...from]
  for (let depth = 0; depth < DEEPEST && next.length > 0; depth++) {
    const fresh = next.flatMap((dn) => membersOf.get(dn) ?? []).filter((dn) => !known.has(dn))
    for (const dn of fresh) known.add(dn)
    next = [...new Set(fresh)]
  }
  return known
}

const textsOf = (value: Entry[string] | undefined): string[] =>
  (Array.isArray(value) ? value : value === undefined ? [] : [value]).map((one) => String(one).toLowerCase())
