// Ways to the directory's servers: in order, over TLS only, kept open, and past one that does not answer. What is asked
// with the service account goes over one connection, since LDAP carries many questions at a time; each person's own
// bind needs one for itself meanwhile.
import type { Client } from 'ldapts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { LdapConfig } from '../config-ldap.ts'
import type { Logger } from '../log.ts'
import { type Link, openLink } from './link.ts'
import { turns } from './turns.ts'

/** Told where somebody counts: how long questions took, and who waits for a turn. */
export type DirectoryMeters = {
  directory: {
    asked(what: 'search' | 'bind', outcome: 'answered' | 'unreachable', ms: number): void
    waiting(change: number): void
  }
}
type Standing = { state: 'reached' | 'failing'; since: number }
export type LdapConnections = ReturnType<typeof ldapConnections>

/** A server that failed is asked again after this time, or where all have. */
const SPARED_MS = 30_000
const MOST_IDLE = 4
/** So many people's passwords are tried at a time; whoever comes then waits. */
const MOST_BINDS = 16

/**
 * What a server says of this account or this password, and another would say too (RFC 4511 appendix A): constraint
 * violation, no such object, inappropriate authentication, invalid credentials, insufficient access rights, and
 * unwilling to perform, by which 389 Directory Server turns away who is locked. All else is the server's own trouble.
 */
const REFUSALS = [19, 32, 48, 49, 50, 53]

const isRefusal = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && REFUSALS.includes(error.code as number)

export function ldapConnections(
  config: Pick<LdapConfig, 'servers' | 'startTls' | 'ca' | 'bindDn' | 'bindPassword'>,
  { clock, log, meters }: { clock: Clock; log: Logger; meters?: DirectoryMeters | undefined },
) {
  const spared = new Map<string, number>()
  const standing = new Map<string, Standing>()
  let service: { url: string; link: Promise<Link> } | undefined
  const idle: { url: string; link: Link }[] = []
  const inTurn = turns(MOST_BINDS, meters?.directory.waiting)

  function inOrder(): string[] {
    const isSpared = (url: string) => (spared.get(url) ?? 0) > clock.now()
    const { servers } = config
    return [...servers.filter((url) => !isSpared(url)), ...servers.filter(isSpared)]
  }

  function note(url: string, state: Standing['state']): void {
    if (standing.get(url)?.state !== state) standing.set(url, { state, since: clock.now() })
  }

  /** @throws {Problem} directory-unreachable */
  async function atFirst<T>(ask: (url: string) => Promise<T>): Promise<T> {
    for (const url of inOrder()) {
      try {
        const answer = await ask(url)
        spared.delete(url)
        note(url, 'reached')
        return answer
      } catch (error) {
        note(url, 'failing')
        spared.set(url, clock.now() + SPARED_MS)
        log.warn({ server: new URL(url).host, err: error }, 'a server of the directory does not answer')
      }
    }
    throw new Problem('directory-unreachable')
  }

  async function bound(url: string): Promise<Link> {
    const link = await openLink(url, config)
    try {
      await link.ask((client) => client.bind(config.bindDn, config.bindPassword))
      return link
    } catch (error) {
      await link.close()
      throw new Error('the service account is refused, or nobody answers', { cause: error })
    }
  }

  async function serviceAt(url: string): Promise<Link> {
    const known = service
    if (known?.url === url && (await known.link).isOpen()) return known.link
    if (service !== known) return serviceAt(url)
    const link = bound(url)
    service = { url, link }
    link.catch(() => {
      if (service?.link === link) service = undefined
    })
    if (known) void known.link.then((old) => old.close()).catch(() => undefined)
    return link
  }

  /** A connection that was kept may have ended just then, by the server's own clock: that is no fault of the server. */
  async function askAt<T>(url: string, question: (client: Client) => Promise<T>): Promise<T> {
    const link = await serviceAt(url)
    try {
      return await link.ask(question)
    } catch (error) {
      if (link.isOpen()) throw error
      return (await serviceAt(url)).ask(question)
    }
  }

  async function bindsAt(url: string, dn: string, password: string): Promise<boolean> {
    const at = idle.findIndex((one) => one.url === url && one.link.isOpen())
    const kept = idle.splice(at, at < 0 ? 0 : 1)[0]?.link
    const link = kept ?? (await openLink(url, config))
    try {
      await link.ask((client) => client.bind(dn, password))
      return true
    } catch (error) {
      if (isRefusal(error)) return false
      if (kept && !kept.isOpen()) return bindsAt(url, dn, password)
      throw error
    } finally {
      if (link.isOpen() && idle.length < MOST_IDLE) idle.push({ url, link })
      else await link.close()
    }
  }

  async function timed<T>(what: 'search' | 'bind', answer: Promise<T>): Promise<T> {
    const began = clock.now()
    const over = (outcome: 'answered' | 'unreachable') => meters?.directory.asked(what, outcome, clock.now() - began)
    try {
      const answered = await answer
      over('answered')
      return answered
    } catch (error) {
      over('unreachable')
      throw error
    }
  }

  return {
    /** Asks with the service account. A wrong password of its own is as if nobody answered. */
    ask: <T>(question: (client: Client) => Promise<T>): Promise<T> =>
      timed(
        'search',
        atFirst((url) => askAt(url, question)),
      ),

    /** Whether that is the password of that entry. Attack stopped: an empty one binds nobody, and succeeds (RFC 4513 §5.1.2). */
    async isPassword(dn: string, password: string): Promise<boolean> {
      if (password === '' || dn === '') return false
      return inTurn(() =>
        timed(
          'bind',
          atFirst((url) => bindsAt(url, dn, password)),
        ),
      )
    },

    /** In the order of the configuration; `since` in ms. */
    standing: () =>
      config.servers.map((url) => ({
        server: new URL(url).host,
        ...(standing.get(url) ?? ({ state: 'unasked', since: null } as const)),
      })),

    async close(): Promise<void> {
      const all = idle.splice(0).map(({ link }) => link.close())
      if (service) all.push(service.link.then((link) => link.close()).catch(() => undefined))
      await Promise.all(all)
    },
  }
}
