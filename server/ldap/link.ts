// One connection to a server of the directory: over TLS before anything is said, and known to have ended when it has,
// which after StartTLS the client itself does not notice.
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Client } from 'ldapts'
import type { LdapConfig } from '../config-ldap.ts'
import { wholeMessages } from './messages.ts'

export type Link = {
  isOpen(): boolean
  /** @throws what the server answered; as soon as the connection ends */
  ask<T>(question: (client: Client) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const CONNECT_WITHIN_MS = 3000
const ANSWER_WITHIN_MS = 5000

/** @throws where nobody answers, or not over TLS */
export async function openLink(url: string, config: Pick<LdapConfig, 'startTls' | 'ca'>): Promise<Link> {
  const { hostname, protocol } = new URL(url)
  const names = isIP(hostname.replace(/[[\]]/g, '')) ? {} : { servername: hostname }
  const tlsOptions = { ...names, minVersion: 'TLSv1.2' as const, ...(config.ca && { ca: config.ca }) }
  const { hold, ...watched } = watch()
  const client = new Client({
    url,
    connectTimeout: CONNECT_WITHIN_MS,
    timeout: ANSWER_WITHIN_MS,
    // The client calls both in one way each.
    createSecureConnection: ((...given: Parameters<typeof connectTls>) =>
      hold(connectTls(...given))) as typeof connectTls,
    ...(protocol === 'ldap:' && { createConnection: once(hold) as typeof connect }),
    ...(protocol === 'ldaps:' && { tlsOptions }),
  })
  const link = linkOf(client, watched)
  if (protocol !== 'ldap:' || !config.startTls) return link
  // The client waits for an answer, but not for the end of a handshake.
  const late = setTimeout(watched.end, ANSWER_WITHIN_MS)
  try {
    await link.ask(() => client.startTLS({ ...tlsOptions, host: hostname }))
    return link
  } catch (error) {
    await link.close()
    throw error
  } finally {
    clearTimeout(late)
  }
}

type Watched = Omit<ReturnType<typeof watch>, 'hold'>

function linkOf(client: Client, { asking, isOpen, end }: Watched): Link {
  return {
    isOpen: () => client.isConnected && isOpen(),
    ask: (question) =>
      new Promise((resolve, reject) => {
        asking.add(reject)
        question(client)
          .then(resolve, reject)
          .finally(() => asking.delete(reject))
      }),
    // Of a connection that has ended over TLS the client does not know, and would wait for the end of it.
    close: () => (isOpen() ? client.unbind().then(end, end) : Promise.resolve(end())),
  }
}

/** What becomes of the sockets of one connection, the last of which carries it. */
function watch() {
  let socket: Socket | undefined
  const asking = new Set<(error: Error) => void>()
  const hold = <Made extends Socket>(made: Made): Made => {
    socket = made
    let fault: Error | undefined
    readWhole(made, (error) => {
      fault = error
    })
    made.once('close', () => {
      for (const fail of asking) fail(fault ?? new Error('the connection has ended'))
    })
    return made
  }
  return { hold, asking, isOpen: () => socket?.destroyed === false, end: () => void socket?.destroy() }
}

/** At what is no LDAP the connection ends, and the client has not seen it. */
function readWhole(socket: Socket, onFault: (error: Error) => void): void {
  const push = socket.push.bind(socket)
  const take = wholeMessages()
  socket.push = (bytes: Buffer | null) => {
    if (bytes === null) return push(null)
    try {
      return (
        take(bytes)
          .map((message) => push(message))
          .at(-1) ?? true
      )
    } catch (error) {
      onFault(error as Error)
      socket.destroy()
      return false
    }
  }
}

/** Attack stopped: a connection that is broken off and made again by itself, without TLS, to carry a password. */
function once(hold: (made: Socket) => Socket): (port: number, host: string) => Socket {
  let isMade = false
  return (port, host) => {
    if (isMade) throw new Error('the connection has ended')
    isMade = true
    return hold(connect(port, host))
  }
}
