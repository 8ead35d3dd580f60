// The organisation's directory: whose name and password these are, and who is there at all.
import { type Entry, Filter } from 'ldapts'
import type { DirectoryRefusal } from '../../protocol/operator-api/directory.ts'
import type { LdapConfig } from '../config-ldap.ts'
import type { ExternalPerson, InDirectory } from '../directory/mirror.ts'
import type { LdapConnections } from './connections.ts'
import { attributesOf, isDisabled, personOf } from './entry.ts'
import { groupsOfEntry, membersOfGroups } from './groups.ts'

type Person = Omit<ExternalPerson, 'groups'>
type Needs = { config: LdapConfig; connections: LdapConnections }

/** RFC 4515 §3: `*`, `(`, `)`, `\` and NUL in a name are only themselves. */
export const filterFor = ({ filter }: Pick<LdapConfig, 'filter'>, username: string) =>
  filter.replaceAll('{username}', () => Filter.escape(username))

const wantedOf = (config: LdapConfig) => ({
  attributes: attributesOf(config),
  explicitBufferAttributes: [config.attributes.id],
})

/**
 * Attack stopped: an account that has more than one name, tried on by each of them.
 * @param mayTry whether a password of theirs is tried @throws {Problem} directory-unreachable
 */
export async function verifyInDirectory(
  { config, connections }: Needs,
  { username, password }: { username: string; password: string },
  mayTry: (person: Person) => Promise<boolean>,
): Promise<ExternalPerson | undefined> {
  if (password === '' || username.trim() === '') return undefined
  const [entry, second] = await namedInDirectory({ config, connections }, username)
  // Two of one name are nobody: whose password counts would depend on the server.
  const person = !entry || second || isDisabled(entry) ? undefined : personOf(entry, config)
  const dn = person && (await mayTry(person)) ? entry?.dn : undefined
  // As much is asked for a name that nobody has: the time of an answer must not tell which there are.
  const isRight = await connections.isPassword(dn ?? `cn=nobody,${config.base}`, password)
  if (!person || dn === undefined || !isRight) return undefined
  return { ...person, groups: await groupsNow({ config, connections }, dn) }
}

async function namedInDirectory({ config, connections }: Needs, username: string): Promise<Entry[]> {
  const options = { filter: filterFor(config, username), ...wantedOf(config), paged: { pageSize: 2 } }
  return connections.ask(async (client) => {
    // Who is one of many is nobody, as who is one of two.
    for await (const { searchEntries } of client.searchPaginated(config.base, options)) return searchEntries
    return []
  })
}

type Looked = { entry: string; person: ExternalPerson } | { refused: DirectoryRefusal }

/** Whom a name means, without their password. @throws {Problem} directory-unreachable */
export async function lookInDirectory({ config, connections }: Needs, username: string): Promise<Looked> {
  const [entry, second] = await namedInDirectory({ config, connections }, username)
  if (!entry) return { refused: 'not-found' }
  if (second) return { refused: 'ambiguous' }
  if (isDisabled(entry)) return { refused: 'disabled' }
  const person = personOf(entry, config)
  if (!person) return { refused: 'incomplete' }
  const groups = await groupsNow({ config, connections }, entry.dn)
  return { entry: entry.dn, person: { ...person, groups } }
}

/** By the id that they are known by here, page by page. @throws {Problem} directory-unreachable */
export async function everybodyInDirectory({ config, connections }: Needs): Promise<InDirectory> {
  const filter = config.filter.replaceAll('{username}', '*')
  const options = { filter, ...wantedOf(config), paged: { pageSize: 500 }, timeLimit: 0 }
  return connections.ask(async (_client, found) => {
    const people = new Map<string, { dn: string; isActive: boolean }>()
    for await (const entry of found(config.base, options)) {
      const id = personOf(entry, config)?.externalId
      if (id !== undefined) people.set(id, { dn: entry.dn, isActive: !isDisabled(entry) })
    }
    return people
  })
}

/**
 * Who is in the mirrored groups, as far as one look at all groups tells: whose membership seems to have changed is
 * asked for by itself. @returns the groups of each id that has any @throws {Problem} directory-unreachable
 */
export async function membersInDirectory(
  { config, connections }: Needs,
  there: InDirectory,
): Promise<Map<string, Set<string>>> {
  const members = await connections.ask((_client, found) => membersOfGroups(found, config))
  const groupsOf = new Map<string, Set<string>>()
  for (const [id, { dn }] of there) {
    const groups = config.groups.filter((group) => members.get(group)?.has(dn.toLowerCase()))
    if (groups.length > 0) groupsOf.set(id, new Set(groups))
  }
  return groupsOf
}

/** @throws {Problem} directory-unreachable */
export const groupsNow = ({ config, connections }: Needs, dn: string): Promise<string[]> =>
  connections.ask((_client, found) => groupsOfEntry(found, dn, config))
