// Ways to the directory's servers: in order, over TLS only, kept open, and past one that does not answer. What is asked
// with the service account goes over one connection, since LDAP carries many questions at a time; each person's own
// bind needs one for itself meanwhile.
import { connect, isIP, type Socket } from 'node:net'
import { Client } from 'ldapts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { LdapConfig } from '../config-ldap.ts'
import type { Logger } from '../log.ts'

type Standing = { state: 'reached' | 'failing'; since: number }
export type LdapConnections = ReturnType<typeof ldapConnections>

const CONNECT_WITHIN_MS = 3000
const ANSWER_WITHIN_MS = 5000
/** A server that failed is asked again after this time, or where all have. */
const SPARED_MS = 30_000
const MOST_IDLE = 4
/** So many people's passwords are tried at a time; whoever comes then waits. */
const MOST_BINDS = 16

/** The server answered, and said no: another would say the same. RFC 4511 appendix A. */
const isAnswer = (error: unknown) =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  typeof error.code === 'number' &&
  ![51, 52, 80].includes(error.code)

/** Attack stopped: a connection that is broken off and made again by itself, without TLS, to carry a password. */
function once(): typeof connect {
  let isMade = false
  const make = (port: number, host: string): Socket => {
    if (isMade) throw new Error('the connection has ended')
    isMade = true
    return connect(port, host)
  }
  // The client calls it in this one way.
  return make as typeof connect
}

export function ldapConnections(
  config: Pick<LdapConfig, 'servers' | 'startTls' | 'ca' | 'bindDn' | 'bindPassword'>,
  { clock, log }: { clock: Clock; log: Logger },
) {
  const spared = new Map<string, number>()
  const standing = new Map<string, Standing>()
  let service: { url: string; client: Promise<Client> } | undefined
  const idle: { url: string; client: Client }[] = []
  const waiting: (() => void)[] = []
  let binds = 0

  function inOrder(): string[] {
    const isSpared = (url: string) => (spared.get(url) ?? 0) > clock.now()
    const { servers } = config
    return [...servers.filter((url) => !isSpared(url)), ...servers.filter(isSpared)]
  }

  function note(url: string, state: Standing['state']): void {
    if (standing.get(url)?.state !== state) standing.set(url, { state, since: clock.now() })
  }

  async function open(url: string): Promise<Client> {
    const { hostname, protocol } = new URL(url)
    const names = isIP(hostname.replace(/[[\]]/g, '')) ? {} : { servername: hostname }
    const tlsOptions = { ...names, minVersion: 'TLSv1.2' as const, ...(config.ca && { ca: config.ca }) }
    const client = new Client({
      url,
      connectTimeout: CONNECT_WITHIN_MS,
      timeout: ANSWER_WITHIN_MS,
      ...(protocol === 'ldap:' && { createConnection: once() }),
      ...(protocol === 'ldaps:' && { tlsOptions }),
    })
    if (protocol === 'ldap:' && config.startTls) await client.startTLS({ ...tlsOptions, host: hostname })
    return client
  }

  const drop = (client: Client) => client.unbind().catch(() => undefined)

  /** @throws {Problem} directory-unreachable; what a server answered */
  async function atFirst<T>(ask: (url: string) => Promise<T>): Promise<T> {
    for (const url of inOrder()) {
      try {
        const answer = await ask(url)
        spared.delete(url)
        note(url, 'reached')
        return answer
      } catch (error) {
        if (isAnswer(error)) note(url, 'reached')
        if (isAnswer(error)) throw error
        note(url, 'failing')
        spared.set(url, clock.now() + SPARED_MS)
        log.warn({ server: new URL(url).host, err: error }, 'a server of the directory does not answer')
      }
    }
    throw new Problem('directory-unreachable')
  }

  async function serviceAt(url: string): Promise<Client> {
    const known = service
    if (known?.url === url && (await known.client).isBound) return known.client
    const client = open(url).then(async (made) => {
      await made.bind(config.bindDn, config.bindPassword)
      return made
    })
    service = { url, client }
    client.catch(() => {
      if (service?.client === client) service = undefined
    })
    if (known) void known.client.then(drop, () => undefined)
    return client
  }

  async function turn(): Promise<void> {
    if (binds < MOST_BINDS) binds++
    else await new Promise<void>((next) => waiting.push(next))
  }

  function turnEnds(): void {
    const next = waiting.shift()
    if (next) next()
    else binds--
  }

  return {
    /** Asks with the service account. A wrong password of its own is as if nobody answered. */
    ask: <T>(question: (client: Client) => Promise<T>): Promise<T> =>
      atFirst(async (url) => {
        const client = await serviceAt(url).catch((error: unknown) => {
          throw new Error('the service account is refused, or nobody answers', { cause: error })
        })
        return question(client)
      }),

    /** Whether that is the password of that entry. Attack stopped: an empty one binds nobody, and succeeds (RFC 4513 §5.1.2). */
    async isPassword(dn: string, password: string): Promise<boolean> {
      if (password === '' || dn === '') return false
      await turn()
      try {
        return await atFirst(async (url) => {
          const at = idle.findIndex((one) => one.url === url && one.client.isConnected)
          const client = at < 0 ? await open(url) : (idle.splice(at, 1)[0]?.client ?? (await open(url)))
          try {
            await client.bind(dn, password)
            return true
          } catch (error) {
            if (isAnswer(error)) return false
            throw error
          } finally {
            if (client.isConnected && idle.length < MOST_IDLE) idle.push({ url, client })
            else void drop(client)
          }
        })
      } finally {
        turnEnds()
      }
    },

    /** In the order of the configuration; `since` in ms. */
    standing: () =>
      config.servers.map((url) => ({
        server: new URL(url).host,
        ...(standing.get(url) ?? ({ state: 'unasked', since: null } as const)),
      })),

    async close(): Promise<void> {
      const all = idle.splice(0).map(({ client }) => drop(client))
      if (service) all.push(service.client.then(drop, () => undefined))
      await Promise.all(all)
    },
  }
}
