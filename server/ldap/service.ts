// The one connection over which all is asked with the service account: LDAP carries many questions at a time.
import type { Client } from 'ldapts'
import type { LdapConfig } from '../config-ldap.ts'
import { type Link, openLink } from './link.ts'

export type ServiceConfig = Pick<LdapConfig, 'startTls' | 'ca' | 'bindDn' | 'bindPassword'>

export function serviceAccount(config: ServiceConfig) {
  let service: { url: string; link: Promise<Link> } | undefined

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

  return {
    /** A connection that was kept may have ended just then, by the server's own clock: that is no fault of the server. */
    async askAt<T>(url: string, question: (client: Client) => Promise<T>): Promise<T> {
      const link = await serviceAt(url)
      try {
        return await link.ask(question)
      } catch (error) {
        if (link.isOpen()) throw error
        return (await serviceAt(url)).ask(question)
      }
    },

    async close(): Promise<void> {
      await service?.link.then((link) => link.close()).catch(() => undefined)
    },
  }
}
