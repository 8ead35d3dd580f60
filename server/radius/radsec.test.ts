// RadSec connections that come while the store can't be asked: they end, and the server doesn't.
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectBare, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { triedInTurn } from '../../test/support/fuzzing.ts'
import { radsecCertificates } from '../../test/support/radsec-certificates.ts'
import { noting } from './faults.ts'
import { listenRadSec } from './radsec.ts'

const [SERVER, GATEWAY] = ['login.harbour.example', 'vpn.harbour.example']
const folder = mkdtempSync(join(tmpdir(), 'countersign-radsec-'))
afterAll(() => rmSync(folder, { recursive: true }))
const certificates = radsecCertificates(folder, [SERVER, GATEWAY])

/** A door that knows nobody, and what came of each connection to it. */
async function strangersDoor() {
  const store = await openStore('sqlite')
  const [clock, outcomes] = [new ManualClock(), [] as string[]]
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const meters = { radsecConnection: (outcome: string) => void outcomes.push(outcome) }
  const notes = noting({ store, clock, log, meters })
  const door = { knows: async () => false, answer: async () => undefined, notes }
  const files = { cert: certificates.cert(SERVER), key: certificates.key(SERVER), ca: certificates.ca }
  const listening = await listenRadSec({ url: new URL('tls://127.0.0.1:0'), ...files }, { door, clock, store })
  const close = async () => {
    await listening.close()
    await store.close()
  }
  return { clock, outcomes, port: listening.port, close }
}

it('turns away what is more than a thousand connections, and keeps those', async () => {
  const { outcomes, port, close } = await strangersDoor()
  /** Of one address there may be a hundred. */
  const from = async (n: number) => {
    const localAddress = `127.0.1.${1 + Math.floor(n / 100)}`
    const socket = connectBare({ port, host: '127.0.0.1', localAddress })
    socket.on('error', () => undefined).resume()
    await once(socket, 'connect')
    return socket
  }
  const held: Socket[] = []
  for (let n = 0; n < 1000; n++) held.push(await from(n))
  await once(await from(1000), 'close')
  expect([outcomes, held.filter(({ closed }) => closed).length]).toEqual([['full'], 0])
  for (const socket of held) socket.destroy()
  await close()
})

it('takes up two hundred connections of one address in a minute, however soon they end, and others of another', async () => {
  const { clock, outcomes, port, close } = await strangersDoor()
  const outcomeFrom = async (localAddress: string) => {
    const socket = connectBare({ port, host: '127.0.0.1', localAddress })
    socket.on('error', () => undefined).resume()
    socket.write(Buffer.alloc(64, 'no TLS'))
    await once(socket, 'close')
    return outcomes.pop()
  }
  for (let n = 0; n < 200; n++) expect(await outcomeFrom('127.0.1.1')).toBe('handshake')
  expect(await outcomeFrom('127.0.1.1')).toBe('flood')
  expect(await outcomeFrom('127.0.1.2')).toBe('handshake')
  await clock.jump(60_000)
  expect(await outcomeFrom('127.0.1.1')).toBe('handshake')
  await close()
})

/** A connection of somebody who is known, and all that was said on it. */
async function dialled(port: number) {
  const socket = connect({
    ...{ port, host: '127.0.0.1', servername: SERVER, ca: readFileSync(certificates.ca) },
    ...{ cert: readFileSync(certificates.cert(GATEWAY)), key: readFileSync(certificates.key(GATEWAY)) },
  })
  const heard: Buffer[] = []
  socket.setNoDelay()
  socket.on('error', () => undefined).on('data', (bytes) => heard.push(bytes))
  await once(socket, 'secureConnect')
  const isClosed = once(socket, 'close')
  /** @returns once that many bytes have been said */
  const hears = async (count: number) => {
    while (Buffer.concat(heard).length < count && !socket.destroyed)
      await Promise.race([once(socket, 'data'), isClosed])
    return Buffer.concat(heard)
  }
  return { socket, hears, isClosed }
}

const packetOf = (length: number) =>
  Buffer.from([1, 7, length >> 8, length & 255, ...new Array(length - 4).fill(length)])
const garbage = fc
  .oneof(fc.integer({ min: 0, max: 19 }), fc.integer({ min: 4097, max: 65535 }))
  .map((length) => Buffer.from([1, 7, length >> 8, length & 255, 0, 1, 2]))

it('answers each packet however it is cut, ends at what is none, and nobody else notices', async () => {
  const store = await openStore('sqlite')
  const clock = new ManualClock()
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const notes = noting({ store, clock, log, meters: { radsecConnection: () => undefined } })
  const door = { knows: async () => true, answer: async ({ bytes }: { bytes: Buffer }) => bytes, notes }
  const files = { cert: certificates.cert(SERVER), key: certificates.key(SERVER), ca: certificates.ca }
  const listening = await listenRadSec({ url: new URL('tls://127.0.0.1:0'), ...files }, { door, clock, store })
  const neighbour = await dialled(listening.port)
  let toldNeighbour = 0
  const size = fc.oneof(fc.integer({ min: 20, max: 200 }), fc.constantFrom(20, 4095, 4096))
  const sent = fc.record({
    packets: fc.array(size.map(packetOf), { maxLength: 5 }),
    cuts: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8 }),
    after: fc.option(garbage),
  })
  await triedInTurn(
    sent,
    async ({ packets, cuts, after }) => {
      const { socket, hears, isClosed } = await dialled(listening.port)
      const whole = Buffer.concat(packets)
      const bytes = Buffer.concat([whole, after ?? Buffer.alloc(0)])
      let at = 0
      for (const length of [...cuts, bytes.length]) {
        if (at < bytes.length) socket.write(bytes.subarray(at, at + length))
        at += length
        await new Promise((next) => setImmediate(next))
      }
      const answered = await hears(whole.length)
      if (after) {
        await isClosed
        expect(whole.subarray(0, answered.length)).toEqual(answered)
      } else expect(answered).toEqual(whole)
      socket.destroy()
      neighbour.socket.write(packetOf(30))
      toldNeighbour += 30
      expect((await neighbour.hears(toldNeighbour)).length).toBe(toldNeighbour)
    },
    60,
  )
  neighbour.socket.destroy()
  await listening.close()
  await store.close()
})

describe.each(ENGINES)('RadSec without its store, on %s', (engine) => {
  it('closes what comes, counts it, and says why', async () => {
    const store = await openStore(engine)
    const [clock, outcomes, lines] = [new ManualClock(), [] as string[], [] as unknown[]]
    const write = (about: object) => void lines.push(about)
    const log = { debug: write, info: write, warn: write, error: write }
    const meters = { radsecConnection: (outcome: string) => void outcomes.push(outcome) }
    const door = {
      knows: () => Promise.reject(new Error('the store is away')),
      answer: async () => undefined,
      notes: noting({ store, clock, log, meters }),
    }
    const files = { cert: certificates.cert(SERVER), key: certificates.key(SERVER), ca: certificates.ca }
    const listening = await listenRadSec({ url: new URL('tls://127.0.0.1:0'), ...files }, { door, clock, store })
    const socket = connect({
      ...{ port: listening.port, host: '127.0.0.1', servername: SERVER, ca: readFileSync(certificates.ca) },
      ...{ cert: readFileSync(certificates.cert(GATEWAY)), key: readFileSync(certificates.key(GATEWAY)) },
    })
    socket.on('error', () => undefined).resume()
    await new Promise((resolve) => socket.once('close', resolve))
    expect(outcomes).toEqual(['failed'])
    expect(lines).toMatchObject([{ fault: 'the store is away', connections: 1 }])
    await listening.close()
    await store.close()
  })
})
