// RadSec (RFC 6614): the same packets over TLS, between two who show each other certificates.
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { RadSec } from '../config.ts'
import type { Logger } from '../log.ts'
import type { Door } from './door.ts'
import { HEADER, LONGEST_PACKET } from './packet.ts'
import type { Listening } from './udp.ts'

const HANDSHAKE_MS = 10_000
const MOST_CONNECTIONS = 1000
/** A connection's peer reads nothing: what it is owed does not pile up. */
const MOST_OWED = 1024 * 1024

type Needs = { door: Door; log: Logger }

/** @throws where the port is taken, or a file can't be read */
export async function listenRadSec({ url, cert, key, ca }: RadSec, { door, log }: Needs): Promise<Listening> {
  const server = createServer({
    cert: readFileSync(cert),
    key: readFileSync(key),
    ca: readFileSync(ca),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    handshakeTimeout: HANDSHAKE_MS,
  })
  const sockets = new Set<TLSSocket>()
  server.maxConnections = MOST_CONNECTIONS
  server.on('tlsClientError', ({ message }, { remoteAddress }) =>
    log.info({ address: remoteAddress, fault: message }, 'a RadSec connection was not made'),
  )
  server.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A connection that breaks is its peer's to make anew.
    socket.on('error', () => undefined)
    void serve(socket, { door, log })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(Number(url.port), url.hostname.replace(/^\[|\]$/g, ''), () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

async function serve(socket: TLSSocket, { door, log }: Needs): Promise<void> {
  const { remoteAddress: address, remotePort: port } = socket
  const certificates = namesIn(socket.getPeerCertificate().subjectaltname ?? '')
  if (address === undefined || port === undefined) return
  let unread: Buffer = Buffer.alloc(0)
  if (!(await door.knows(address, certificates))) {
    log.warn(
      { address, certificates },
      'nothing is answered to a RadSec connection: there is no client of that certificate',
    )
    socket.destroy()
    return
  }
  socket.on('data', (more: Buffer) => {
    unread = Buffer.concat([unread, more])
    for (;;) {
      const length = unread.length < 4 ? undefined : unread.readUInt16BE(2)
      // Where a packet ends is no longer known: nothing after it can be read (RFC 6613 §2.6.4).
      if (length !== undefined && (length < HEADER || length > LONGEST_PACKET)) return void socket.destroy()
      if (length === undefined || unread.length < length) return
      const bytes = unread.subarray(0, length)
      unread = unread.subarray(length)
      void door.answer({ bytes, address, port, certificates }).then((answer) => {
        if (answer && socket.writable && socket.writableLength < MOST_OWED) socket.write(answer)
      })
    }
  })
}

/** The DNS names in a certificate's subjectAltName, as Node writes it. */
function namesIn(alternatives: string): string[] {
  return alternatives
    .split(', ')
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice(4).toLowerCase())
}
