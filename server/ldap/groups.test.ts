// Groups in groups. Active Directory follows them by itself where it is asked with its own matching rule, which no other
// server has: the double here answers to exactly that, as MS-ADTS §3.1.1.3.4.4.3 says, and to nothing else.
import { AndFilter, EqualityFilter, ExtensibleFilter, FilterParser } from 'ldapts'
import { describe, expect, it } from 'vitest'
import type { Everything } from './everything.ts'
import { groupsOfEntry } from './groups.ts'

const BASE = 'ou=groups,dc=corp,dc=example'
const ODD = 'cn=O\\5c*(dd)\\, x,dc=corp,dc=example'
const ALICE = 'cn=alice,dc=corp,dc=example'
const group = (cn: string) => `cn=${cn},${BASE}`

/** Who is directly in what. */
const MEMBERS: Record<string, string[]> = {
  [group('Developers')]: [ALICE, group('Staff')],
  [group('Staff')]: [group('Developers')],
  [group('VPN')]: [group('Staff')],
  [group('Odd')]: [ODD],
  [group('Secret')]: ['cn=bob,dc=corp,dc=example'],
}

function holds(dn: string, member: string, seen = new Set<string>()): boolean {
  if (seen.has(dn)) return false
  seen.add(dn)
  return (MEMBERS[dn] ?? []).some((one) => one === member || holds(one, member, seen))
}

function activeDirectory() {
  const asked: string[] = []
  const all: Everything = async function* (base, { filter, attributes }) {
    if (typeof filter !== 'string') throw new Error('no filter')
    asked.push(filter)
    const parsed = FilterParser.parseString(filter)
    if (base !== BASE || !(parsed instanceof AndFilter)) throw new Error(`not to be asked: ${filter}`)
    const [kind, chain] = parsed.filters
    expect(kind).toEqual(new EqualityFilter({ attribute: 'objectClass', value: 'group' }))
    if (!(chain instanceof ExtensibleFilter)) throw new Error(`no matching rule: ${filter}`)
    expect([chain.rule, chain.matchType, chain.dnAttributes]).toEqual(['1.2.840.113556.1.4.1941', 'member', false])
    expect(attributes).toEqual(['cn'])
    const found = Object.keys(MEMBERS).filter((dn) => holds(dn, chain.value))
    for (const dn of found) yield { dn, cn: [dn.slice(3, dn.indexOf(','))] }
  }
  return { all, asked }
}

const config = (groups: string[]) => ({ kind: 'active-directory' as const, groupBase: BASE, groups })

describe('groups of Active Directory', () => {
  it('are found through groups in groups, in one question, and only those that are mirrored', async () => {
    const { all, asked } = activeDirectory()
    expect(await groupsOfEntry(all, ALICE, config(['VPN', 'developers', 'Secret', 'Nowhere']))).toEqual([
      'VPN',
      'developers',
    ])
    expect(asked).toHaveLength(1)
  })

  it('are those of exactly the entry, whatever characters are in its name', async () => {
    const { all } = activeDirectory()
    expect(await groupsOfEntry(all, ODD, config(['Odd', 'Staff']))).toEqual(['Odd'])
    expect(await groupsOfEntry(all, 'cn=*,dc=corp,dc=example', config(['Odd', 'Staff', 'Secret']))).toEqual([])
  })

  it('are not asked for where none is mirrored', async () => {
    const { all, asked } = activeDirectory()
    expect(await groupsOfEntry(all, ALICE, config([]))).toEqual([])
    expect(asked).toEqual([])
  })
})
