// RadSec (RFC 6614): the same packets over TLS, between two who show each other certificates.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createSecureContext, createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import type { Clock } from '../clock.ts'
import type { RadSec } from '../config.ts'
import { ownBounds } from '../overload/bounds.ts'
import { boundConnections } from '../overload/connections.ts'
import type { Store } from '../store/store.ts'
import { countedAddress } from '../throttling/address.ts'
import { type Share, share } from '../throttling/share.ts'
import type { Door } from './door.ts'
import { HeldBack } from './held-back.ts'
import { HEADER, LONGEST_PACKET } from './packet.ts'
import type { Listening } from './udp.ts'

const HANDSHAKE_MS = 10_000
/** Of one address, or one network of IPv6, at once: strangers leave room for gateways. */
const MOST_OF_ONE = 100
/** Each handshake costs a signature. */
const BEGUN_BY_ONE = { count: 200, seconds: 60 }
/** A connection's peer reads nothing: what it is owed does not pile up. */
const MOST_OWED = 1024 * 1024
/** From a packet's first byte to its last. */
const PACKET_WITHIN_MS = 30_000

type Needs = { door: Pick<Door, 'knows' | 'answer' | 'notes'>; clock: Clock; store: Store }

/** @throws where the port is taken, or a file can't be read */
export async function listenRadSec(radsec: RadSec, needs: Needs, most = ownBounds().radsec): Promise<Listening> {
  const { url } = radsec
  const options = tlsOptions(radsec)
  const sockets = new Set<Socket>()
  const begun = share(needs, 'radsec', BEGUN_BY_ONE)
  const server = createServer({ noDelay: true }, (socket) => {
    const who = countedAddress(socket.remoteAddress ?? '')
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A connection that breaks is its peer's to make anew.
    socket.on('error', () => undefined)
    void begin(socket, { options, who, isOneTooMany: held.of(who) > MOST_OF_ONE, begun }, needs).catch(
      ({ message }: Error) => {
        needs.door.notes.unmade(socket.remoteAddress ?? '', 'failed', message)
        socket.destroy()
      },
    )
  })
  const held = boundConnections(server, { most, closed: () => needs.door.notes.unlookedAt() })
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

/** @throws where a file can't be read, or can't be used: not only when the first connects */
export function tlsOptions({ cert, key, ca }: Pick<RadSec, 'cert' | 'key' | 'ca'>): TlsOptions {
  const files = { cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(ca) }
  createSecureContext(files)
  // Of an authority that is none, it says nothing.
  new X509Certificate(files.ca)
  return {
    ...files,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  }
}

type Open = { options: TlsOptions; who: string; isOneTooMany: boolean; begun: Share }

/** Nothing is read of it before it is known whether its address may have one more. */
async function begin(socket: Socket, { options, who, isOneTooMany, begun }: Open, needs: Needs): Promise<void> {
  const { remoteAddress: address = '' } = socket
  if (!isOneTooMany && (await begun.take(who))) return connected(socket, options, needs)
  needs.door.notes.unmade(address, 'flood', 'too many from there')
  socket.destroy()
}

/** A TLS server for each: only so is it known which of them is secure now, at the very moment. */
function connected(socket: Socket, options: TlsOptions, needs: Needs): void {
  const { remoteAddress: address, remotePort: port } = socket
  if (address === undefined || port === undefined) return void socket.destroy()
  const held = new HeldBack(socket)
  const tls = createTlsServer(options)
  let isOver = false
  const unmade = (outcome: 'handshake' | 'silent' | 'failed', fault: string) => {
    if (isOver) return
    isOver = true
    needs.door.notes.unmade(address, outcome, fault)
    held.destroy()
  }
  const handshake = new AbortController()
  needs.clock.after(HANDSHAKE_MS, handshake.signal).then(
    () => unmade('silent', 'it said nothing'),
    () => undefined,
  )
  socket.once('close', () => handshake.abort())
  tls.on('tlsClientError', ({ message }) => unmade('handshake', message))
  tls.on('secureConnection', (secured) => {
    handshake.abort()
    held.hold()
    secured.once('data', () => held.letGo())
    // A connection that breaks is its peer's to make anew.
    secured.on('error', () => undefined)
    void serve(secured, { address, port }, needs).catch(({ message }: Error) => unmade('failed', message))
  })
  tls.emit('connection', held)
}

async function serve(socket: TLSSocket, from: { address: string; port: number }, needs: Needs): Promise<void> {
  const { door } = needs
  const certificates = namesIn(socket.getPeerCertificate().subjectaltname ?? '')
  const { address } = from
  socket.pause()
  if (!(await door.knows(address, certificates))) {
    door.notes.uncertain(address, certificates)
    socket.destroy()
    return
  }
  door.notes.made()
  const answer = (bytes: Buffer) =>
    void door.answer({ bytes, ...from, certificates }).then((answer) => {
      if (answer && socket.writable && socket.writableLength < MOST_OWED) socket.write(answer)
    })
  readPackets(socket, needs, answer)
}

/** Packets follow each other without anything in between; each says how long it is (RFC 6613 §2.6.4). */
function readPackets(socket: TLSSocket, { clock }: Needs, answer: (bytes: Buffer) => void): void {
  let unread: Buffer = Buffer.alloc(0)
  let unfinished: AbortController | undefined
  const isReadable = () => {
    for (;;) {
      const length = unread.length < 4 ? undefined : unread.readUInt16BE(2)
      if (length !== undefined && (length < HEADER || length > LONGEST_PACKET)) return false
      if (length === undefined || unread.length < length) return true
      answer(unread.subarray(0, length))
      unread = unread.subarray(length)
    }
  }
  socket.on('data', (more: Buffer) => {
    const before = unread.length
    unread = Buffer.concat([unread, more])
    const all = unread.length
    // Where a packet ends is no longer known: nothing after it can be read.
    if (!isReadable()) return void socket.destroy()
    // Attack stopped: a packet that is sent byte by byte and never ends.
    if (before > 0 && unread.length === all) return
    unfinished?.abort()
    if (unread.length === 0) return
    unfinished = new AbortController()
    clock.after(PACKET_WITHIN_MS, unfinished.signal).then(
      () => socket.destroy(),
      () => undefined,
    )
  })
  socket.once('close', () => unfinished?.abort())
  socket.resume()
}

/** The DNS names in a certificate's subjectAltName, as Node writes it. */
function namesIn(alternatives: string): string[] {
  return alternatives
    .split(', ')
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice(4).toLowerCase())
}
