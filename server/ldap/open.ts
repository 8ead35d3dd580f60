// The directory as the rest of the house knows it: somebody who signs in, and a chore.
import type { RandomBytes } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import type { LdapConfig } from '../config-ldap.ts'
import { suspendUser } from '../directory/changes.ts'
import type { ExternalDirectory } from '../directory/external.ts'
import { goneFromDirectory, mirrorGroups, mirrorPerson } from '../directory/mirror.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import { ldapConnections } from './connections.ts'
import { everybodyInDirectory, verifyInDirectory } from './directory.ts'

type Needs = { store: Store; clock: Clock; random: RandomBytes; log: Logger }
type SuspendNeeds = Parameters<typeof suspendUser>[0]

const BY = { kind: 'command-line', id: null, name: 'directory', role: 'administrator', act: 'directory.sync' } as const
const WHY = 'gone or disabled in the directory'

/** Somewhat more than one person who leaves. A server that shows next to nothing is broken, or asked in the wrong place. */
const ALWAYS_BELIEVED = 10

export function openLdap(config: LdapConfig, needs: Needs) {
  const connections = ldapConnections(config, needs)
  const directory = { config, connections }
  const external: ExternalDirectory = {
    async signIn(username, password) {
      const person = await verifyInDirectory(directory, username, password)
      return person && mirrorPerson(needs, person, { create: config.createUsers })
    },
  }
  return {
    external,
    minutes: config.syncMinutes,
    close: connections.close,

    /** Whoever is gone or disabled there is suspended here. They come back by an operator's hand. */
    async sync(suspending: SuspendNeeds): Promise<void> {
      await mirrorGroups(needs, config.groups)
      const there = await everybodyInDirectory(directory)
      const gone = await goneFromDirectory(needs.store, there)
      if (gone.length > ALWAYS_BELIEVED && gone.length > there.size) {
        needs.log.error({ gone: gone.length, there: there.size }, 'the directory shows too few people to be believed')
        return
      }
      for (const id of gone) await suspendUser(suspending, id, BY, WHY)
    },
  }
}
