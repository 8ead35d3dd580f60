// Trying a person's password: each bind needs a connection for itself meanwhile, and some are kept for the next.
import type { LdapConfig } from '../config-ldap.ts'
import { type Link, openLink } from './link.ts'

const MOST_IDLE = 4

/**
 * What a server says of this account or this password, and another would say too (RFC 4511 appendix A): constraint
 * violation, no such object, inappropriate authentication, invalid credentials, insufficient access rights, and
 * unwilling to perform, by which 389 Directory Server turns away who is locked. All else is the server's own trouble.
 */
const REFUSALS = [19, 32, 48, 49, 50, 53]

const isRefusal = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && REFUSALS.includes(error.code as number)

export function binds(config: Pick<LdapConfig, 'startTls' | 'ca'>) {
  const idle: { url: string; link: Link }[] = []

  /** @returns whether it is that entry's password @throws where the server has trouble of its own */
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

  return {
    bindsAt,

    async close(): Promise<void> {
      await Promise.all(idle.splice(0).map(({ link }) => link.close()))
    },
  }
}
