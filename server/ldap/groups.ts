// In which of the mirrored groups an entry is, through groups in groups.
import { type Client, Filter } from 'ldapts'
import type { LdapConfig } from '../config-ldap.ts'

/** MS-ADTS §3.1.1.3.4.4.3, LDAP_MATCHING_RULE_TRANSITIVE_EVAL: the server follows groups in groups by itself */
const IN_CHAIN = '1.2.840.113556.1.4.1941'
const DEEPEST = 10
const MOST = 1000
const AT_ONCE = 50

type Asked = Pick<LdapConfig, 'groups' | 'groupBase' | 'kind'>
type Found = { dn: string; cn: string }

/** @returns the names of the mirrored groups among them, in the order of the configuration */
export async function groupsOfEntry(client: Client, dn: string, asked: Asked): Promise<string[]> {
  if (asked.groups.length === 0) return []
  const found =
    asked.kind === 'active-directory' ? await inChain(client, dn, asked) : await stepByStep(client, dn, asked)
  const names = new Set(found.map(({ cn }) => cn.toLowerCase()))
  return asked.groups.filter((group) => names.has(group.toLowerCase()))
}

const inChain = (client: Client, dn: string, asked: Asked) =>
  search(client, `(&(objectClass=group)(member:${IN_CHAIN}:=${Filter.escape(dn)}))`, asked)

/** Bounded, and no group is looked at twice: they may hold one another. */
async function stepByStep(client: Client, dn: string, asked: Asked): Promise<Found[]> {
  const known = new Map<string, Found>()
  let next = [dn]
  for (let depth = 0; depth < DEEPEST && next.length > 0 && known.size < MOST; depth++) {
    const found: Found[] = []
    for (let at = 0; at < next.length; at += AT_ONCE) {
      const members = next.slice(at, at + AT_ONCE).map((one) => Filter.escape(one))
      const parts = members.map((member) => `(member=${member})(uniqueMember=${member})`)
      found.push(...(await search(client, `(|${parts.join('')})`, asked)))
    }
    const fresh = found.filter((group) => !known.has(group.dn.toLowerCase()))
    for (const group of fresh) known.set(group.dn.toLowerCase(), group)
    next = fresh.map((group) => group.dn)
  }
  return [...known.values()]
}

async function search(client: Client, filter: string, { groupBase }: Asked): Promise<Found[]> {
  const { searchEntries } = await client.search(groupBase, { filter, attributes: ['cn'], paged: true })
  return searchEntries.map(({ dn, cn }) => ({ dn, cn: String(Array.isArray(cn) ? cn[0] : cn) }))
}
