// The directory as the rest of the house knows it: somebody who signs in, and a chore.
import type { UserId } from '../../protocol/ids.ts'
import type { DirectoryTried } from '../../protocol/operator-api/directory.ts'
import { Problem } from '../../protocol/problems.ts'
import type { LdapConfig } from '../config-ldap.ts'
import type { ExternalDirectory } from '../directory/external.ts'
import {
  goneFromDirectory,
  groupsFromDirectory,
  type InDirectory,
  keepGroups,
  mirrorGroups,
  mirrorPerson,
  wouldBe,
} from '../directory/mirror.ts'
import { suspendUser } from '../directory/suspension.ts'
import type { Logger } from '../log.ts'
import type { TellNeeds } from '../notices/news.ts'
import type { Store } from '../store/store.ts'
import { type DirectoryMeters, ldapConnections } from './connections.ts'
import { everybodyInDirectory, groupsNow, lookInDirectory, membersInDirectory, verifyInDirectory } from './directory.ts'

type Needs = TellNeeds & {
  store: Store
  log: Logger
  meters?: DirectoryMeters | undefined
}
type SuspendNeeds = Parameters<typeof suspendUser>[0]

const BY = { kind: 'command-line', id: null, name: 'directory', role: 'administrator', act: 'directory.sync' } as const
const WHY = 'gone or disabled in the directory'

/** Somewhat more than one person who leaves, and a share of all. A server that shows fewer is broken, or asked in the wrong place. */
const ALWAYS_BELIEVED = 10
const MOST_BELIEVED = 0.2

export function openLdap(config: LdapConfig, needs: Needs) {
  const connections = ldapConnections(config, needs)
  const directory = { config, connections }
  const external: ExternalDirectory = {
    async signIn(username, password, mayTry) {
      const create = { create: config.createUsers }
      const person = await verifyInDirectory(directory, { username, password }, async (one) => {
        // Who would not be let in anyway, as who is suspended here, must not be locked there for it.
        const { refused } = await wouldBe(needs.store.read, one, create)
        return refused === null && mayTry(one.externalId)
      })
      return person && mirrorPerson(needs, person, create)
    },
  }
  return {
    external,
    minutes: config.syncMinutes,
    close: connections.close,
    standing: connections.standing,

    /** Asks for what every server shows to everybody (RFC 4512 §5.1). */
    async isReached(): Promise<boolean> {
      const options = { scope: 'base' as const, attributes: ['1.1'] }
      try {
        await connections.ask((client) => client.search('', options))
        return true
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        return false
      }
    },

    /** What would come of their sign-in with the right password. @throws {Problem} directory-unreachable */
    async look(username: string): Promise<DirectoryTried & { user: UserId | null }> {
      const looked = await lookInDirectory(directory, username)
      if ('refused' in looked) return { refused: looked.refused, person: null, user: null }
      const { entry, person: told } = looked
      const { refused, row } = await wouldBe(needs.store.read, told, { create: config.createUsers })
      const { externalId: _id, ...person } = told
      return { refused, person: { entry, ...person, groups: [...told.groups] }, user: row?.id ?? null }
    },

    /** Whoever is gone or disabled there is suspended here. They come back by an operator's hand. */
    async sync(suspending: SuspendNeeds): Promise<void> {
      await mirrorGroups(needs, config.groups)
      const there = await everybodyInDirectory(directory)
      const { gone, known } = await goneFromDirectory(needs.store, there)
      if (gone.length > ALWAYS_BELIEVED && gone.length > known * MOST_BELIEVED) {
        needs.log.error({ gone: gone.length, known }, 'the directory shows too few people to be believed')
        return
      }
      for (const id of gone) await suspendUser(suspending, id, BY, WHY)
      await keepMembers(there)
    },
  }

  /** Who left a group there is in it no longer here, whether they sign in or not. */
  async function keepMembers(there: InDirectory): Promise<void> {
    if (config.groups.length === 0) return
    const seen = await membersInDirectory(directory, there)
    const known = await groupsFromDirectory(needs.store)
    const differing = [...known].filter(([id, { groups }]) => !isSame(groups, seen.get(id) ?? new Set()))
    const changes = []
    for (const [externalId, { id, groups }] of differing) {
      const dn = there.get(externalId)?.dn
      if (dn !== undefined) changes.push({ id, groups, now: await groupsNow(directory, dn) })
    }
    const held = [...known.values()].reduce((sum, { groups }) => sum + groups.size, 0)
    const ended = changes.reduce((sum, { groups, now }) => sum + [...groups].filter((g) => !now.includes(g)).length, 0)
    if (ended > ALWAYS_BELIEVED && ended > held * MOST_BELIEVED) {
      needs.log.error({ ended, held }, 'the directory shows too few members to be believed')
      return
    }
    for (const { id, now } of changes) await keepGroups(needs, id, now)
  }
}

const isSame = (a: ReadonlySet<string>, b: ReadonlySet<string>) => a.size === b.size && a.isSubsetOf(b)
