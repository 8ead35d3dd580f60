// What is asked of the directory, at the first of its servers that answers, and how long that takes.
import type { Client } from 'ldapts'
import type { Clock } from '../clock.ts'
import type { LdapConfig } from '../config-ldap.ts'
import type { Logger } from '../log.ts'
import { binds } from './binds.ts'
import { type Everything, everything } from './everything.ts'
import { failover } from './failover.ts'
import { type ServiceConfig, serviceAccount } from './service.ts'
import { turns } from './turns.ts'

/** Told where somebody counts: how long questions took, and who waits for a turn. */
export type DirectoryMeters = {
  directory: {
    asked(what: 'search' | 'bind', outcome: 'answered' | 'unreachable', ms: number): void
    waiting(change: number): void
  }
}
export type LdapConnections = ReturnType<typeof ldapConnections>

/** So many people's passwords are tried at a time; whoever comes then waits. */
const MOST_BINDS = 16

export function ldapConnections(
  config: ServiceConfig & Pick<LdapConfig, 'servers'>,
  { clock, log, meters }: { clock: Clock; log: Logger; meters?: DirectoryMeters | undefined },
) {
  const { atFirst, standing } = failover(config.servers, { clock, log })
  const service = serviceAccount(config)
  const people = binds(config)
  const inTurn = turns(MOST_BINDS, meters?.directory.waiting)

  async function timed<T>(what: 'search' | 'bind', ask: (url: string) => Promise<T>): Promise<T> {
    const began = clock.now()
    const over = (outcome: 'answered' | 'unreachable') => meters?.directory.asked(what, outcome, clock.now() - began)
    try {
      const answered = await atFirst(ask)
      over('answered')
      return answered
    } catch (error) {
      over('unreachable')
      throw error
    }
  }

  return {
    standing,

    /** Asks with the service account. A wrong password of its own is as if nobody answered. */
    ask: <T>(question: (client: Client, found: Everything) => Promise<T>): Promise<T> =>
      timed('search', (url) => service.askAt(url, (client) => question(client, everything(client, clock)))),

    /** Whether that is the password of that entry. Attack stopped: an empty one binds nobody, and succeeds (RFC 4513 §5.1.2). */
    async isPassword(dn: string, password: string): Promise<boolean> {
      if (password === '' || dn === '') return false
      return inTurn(() => timed('bind', (url) => people.bindsAt(url, dn, password)))
    },

    async close(): Promise<void> {
      await Promise.all([people.close(), service.close()])
    },
  }
}
