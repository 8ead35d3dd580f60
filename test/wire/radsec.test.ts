// RadSec over real connections: who is heard, who is not, and what is cut off.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { connect as connectBare, type Socket } from 'node:net'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ACCEPT, accountingRequest, REJECT, radiusRequest, readAnswer, USER_NAME } from '../support/radius-client.ts'
import { GATEWAY_NAME, PASSWORD, radiusHouse, SERVER_NAME } from '../support/radius-house.ts'
import { type Certificates, radsecCertificates } from '../support/radsec-certificates.ts'

const SECRET = 'radsec'
const UNKNOWN = 'elsewhere.example'
const EXPIRED = 'former.harbour.example'
const HALF_A_MINUTE = 30_000
const HANDSHAKE = 10_000

describe('RadSec', () => {
  const house = radiusHouse(true)
  const own = house.certificates as Certificates
  let foreign: Certificates
  const open: Socket[] = []

  beforeAll(async () => {
    const folder = join(house.folder, 'foreign')
    mkdirSync(folder)
    foreign = radsecCertificates(folder, [GATEWAY_NAME])
    own.issue(UNKNOWN)
    own.issue(EXPIRED, -1)
    for (const certificate of [GATEWAY_NAME, EXPIRED]) await house.client({ network: '127.0.0.0/8', certificate })
  })
  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy()
  })

  const shown = (name: string, { cert, key } = own) => ({
    cert: readFileSync(cert(name)),
    key: readFileSync(key(name)),
  })
  function dial(options: ConnectionOptions = shown(GATEWAY_NAME)): TLSSocket {
    const to = { host: '127.0.0.1', port: house.radsecPort(), servername: SERVER_NAME, ca: readFileSync(own.ca) }
    const socket = connect({ ...to, ...options })
    open.push(socket)
    socket.on('error', () => undefined)
    return socket
  }
  const status = (more = {}) => radiusRequest({ secret: SECRET, code: 12, ...more })
  const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', () => resolve('closed')))
  const answers = (socket: Socket, request: Buffer) =>
    new Promise((resolve) => socket.once('data', (bytes) => resolve(readAnswer(bytes, request, SECRET).code)))
  /** What comes of one question: the code of its answer, or that the connection was closed. */
  function asked(socket: Socket, request: Buffer = status()) {
    socket.write(request)
    return Promise.race([answers(socket, request), closed(socket)])
  }

  it('answers whoever shows the certificate of a client', async () => {
    const socket = dial()
    expect(await asked(socket)).toBe(ACCEPT)
    expect(socket.getProtocol()).toBe('TLSv1.3')
    expect(await house.counted('made')).toBeGreaterThan(0)
  })

  it.each<[string, string, () => ConnectionOptions]>([
    ['no certificate', 'handshake', () => ({})],
    ['a certificate that belongs to no client', 'stranger', () => shown(UNKNOWN)],
    ['a client’s name that another authority signed', 'handshake', () => shown(GATEWAY_NAME, foreign)],
    ['a certificate that has expired', 'handshake', () => shown(EXPIRED)],
    ['TLS 1.2', 'handshake', () => ({ ...shown(GATEWAY_NAME), maxVersion: 'TLSv1.2' })],
  ])('answers nothing to %s, and counts it', async (_what, outcome, options) => {
    const before = await house.counted(outcome)
    expect(await asked(dial(options()))).toBe('closed')
    await expect.poll(() => house.counted(outcome)).toBeGreaterThan(before)
  })

  it.each([
    // Not any bytes: where they could be of SSL 2 or, by the second, of TLS, more is waited for.
    ['no TLS', () => Buffer.alloc(64, 'no TLS')],
    ['RADIUS without TLS', () => status({ identifier: 1 })],
  ])('closes what begins with %s', async (_what, bytes) => {
    const socket = connectBare(house.radsecPort(), '127.0.0.1')
    open.push(socket)
    socket.on('error', () => undefined)
    socket.resume().write(bytes())
    expect(await closed(socket)).toBe('closed')
  })

  it('closes what says nothing for ten seconds, or stops in the middle of the handshake', async () => {
    const before = await house.counted('silent')
    for (const said of [Buffer.alloc(0), Buffer.of(22, 3, 1)]) {
      const socket = connectBare(house.radsecPort(), '127.0.0.1')
      open.push(socket)
      socket.resume().write(said)
      await house.clock.whenWaitingFor(HANDSHAKE)
      const end = closed(socket)
      await house.clock.advance(HANDSHAKE)
      expect(await end).toBe('closed')
    }
    expect(await house.counted('silent')).toBe(before + 2)
  })

  it('leaves room for gateways, however many connections come from one address', async () => {
    const from = (localAddress: string) => {
      const socket = connectBare({ port: house.radsecPort(), host: '127.0.0.1', localAddress })
      open.push(socket)
      return socket.on('error', () => undefined).resume()
    }
    const before = await house.counted('flood')
    const waiting = Array.from({ length: 100 }, () => from('127.0.0.66'))
    await house.clock.whenWaitingFor(HANDSHAKE, 100)
    expect(await closed(from('127.0.0.66'))).toBe('closed')
    expect(await house.counted('flood')).toBe(before + 1)
    expect(await asked(dial())).toBe(ACCEPT)
    for (const socket of waiting) socket.destroy()
  })

  it.each([
    ['longer than a packet may be', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['shorter than a header', Buffer.of(1, 1, 0, 19, ...randomBytes(40))],
  ])('closes a connection where a packet would be %s', async (_what, garbage) => {
    const socket = dial()
    expect(await asked(socket)).toBe(ACCEPT)
    expect(await asked(socket, garbage)).toBe('closed')
  })

  it('reads packets in pieces, and several in one', async () => {
    const socket = dial()
    const [first, second] = [status({ identifier: 1 }), status({ identifier: 2 })]
    const both = Buffer.concat([first, second])
    const heard: Buffer[] = []
    const all = new Promise((resolve) =>
      socket.on('data', (bytes) => {
        heard.push(bytes)
        if (Buffer.concat(heard).length >= 2 * 38) resolve(undefined)
      }),
    )
    socket.setNoDelay()
    for (const byte of first.subarray(0, 30)) socket.write(Buffer.of(byte))
    socket.write(both.subarray(30))
    await all
    const [one, two] = [Buffer.concat(heard).subarray(0, 38), Buffer.concat(heard).subarray(38)]
    expect([readAnswer(one, first, SECRET).identifier, readAnswer(two, second, SECRET).identifier]).toEqual([1, 2])
  })

  it('waits for the rest of a packet for half a minute, and others don’t wait with it', async () => {
    const socket = dial()
    const next = status()
    expect(await asked(socket, Buffer.concat([status(), next.subarray(0, 9)]))).toBe(ACCEPT)
    await house.clock.advance(HALF_A_MINUTE - 1)
    expect(await asked(dial())).toBe(ACCEPT)
    const whole = answers(socket, next)
    socket.write(Buffer.concat([next.subarray(9), status().subarray(0, 1)]))
    expect(await whole).toBe(ACCEPT)
    const end = closed(socket)
    await house.clock.advance(HALF_A_MINUTE)
    expect(await end).toBe('closed')
  })

  it('waits no longer for one that comes byte by byte', async () => {
    const socket = dial()
    const next = status()
    expect(await asked(socket, Buffer.concat([status(), next.subarray(0, 1)]))).toBe(ACCEPT)
    const end = closed(socket)
    await house.clock.advance(HALF_A_MINUTE - 1)
    socket.write(next.subarray(1, 2))
    // By then it has been read.
    expect(await asked(dial())).toBe(ACCEPT)
    await house.clock.advance(1)
    expect(await end).toBe('closed')
  })

  it('answers nothing to a forged packet, and goes on', async () => {
    const socket = dial()
    const attributes = [{ type: USER_NAME, value: 'alice' }]
    socket.write(radiusRequest({ secret: SECRET, password: PASSWORD, attributes, signed: 'forged' }))
    socket.write(status({ signed: false }))
    socket.write(accountingRequest('another'))
    expect(await asked(socket)).toBe(ACCEPT)
  })

  it('answers what nothing signs but the connection, and the same again over another', async () => {
    const attributes = [{ type: USER_NAME, value: 'alice' }]
    const unsigned = radiusRequest({ secret: SECRET, password: 'wrong', attributes, signed: false })
    for (const socket of [dial(), dial()]) expect(await asked(socket, unsigned)).toBe(REJECT)
  })

  it('says nothing after the handshake before it is asked: a client may read only what it asked for', async () => {
    const socket = dial()
    let sessions = 0
    socket.on('session', () => sessions++)
    await once(socket, 'secureConnect')
    // What was said by then would have come before an answer on another connection, and its own is the first to.
    expect(await asked(dial())).toBe(ACCEPT)
    expect(sessions).toBe(0)
    expect(await asked(socket)).toBe(ACCEPT)
  })
})
