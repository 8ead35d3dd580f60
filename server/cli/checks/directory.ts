// Whether each server of the organisation's directory answers, to the service account.
import { systemClock } from '../../clock.ts'
import type { LdapConfig } from '../../config-ldap.ts'
import type { Logger } from '../../log.ts'
import { about, type Finding } from './finding.ts'

const { ok, problem } = about('directory')

export async function checkDirectory(config: LdapConfig | undefined): Promise<Finding[]> {
  return config ? Promise.all(config.servers.map((url) => checkServer(config, url))) : []
}

async function checkServer(config: LdapConfig, url: string): Promise<Finding> {
  const { host } = new URL(url)
  let why = 'nobody answers'
  const warn = ({ err }: { err: Error }) => {
    why = reasonOf(err)
  }
  const log = { warn } as unknown as Logger
  const { ldapConnections } = await import('../../ldap/connections.ts')
  const connections = ldapConnections({ ...config, servers: [url] }, { clock: systemClock, log })
  try {
    await connections.ask((client) => client.search(config.base, { scope: 'base', attributes: ['1.1'] }))
    return ok(`${host} answers, and shows people below ${config.base}.`)
  } catch (error) {
    if (why === 'nobody answers' && error instanceof Error) why = reasonOf(error)
    return problem(`${host} can’t be used: ${why}.`, 'See what goes wrong in docs/integrate/ldap.md.')
  } finally {
    await connections.close()
  }
}

function reasonOf(error: Error): string {
  const { cause = error } = error
  return cause instanceof Error ? cause.message.replace(/[.\s]+$/, '') : String(cause)
}
