// RadSec connections that come while the store can't be asked: they end, and the server doesn't.
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectBare, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { radsecCertificates } from '../../test/support/radsec-certificates.ts'
import { noting } from './faults.ts'
import { listenRadSec } from './radsec.ts'

const [SERVER, GATEWAY] = ['login.harbour.example', 'vpn.harbour.example']
const folder = mkdtempSync(join(tmpdir(), 'countersign-radsec-'))
afterAll(() => rmSync(folder, { recursive: true }))
const certificates = radsecCertificates(folder, [SERVER, GATEWAY])

it('turns away what is more than a thousand connections, and keeps those', async () => {
  const store = await openStore('sqlite')
  const [clock, outcomes] = [new ManualClock(), [] as string[]]
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const meters = { radsecConnection: (outcome: string) => void outcomes.push(outcome) }
  const notes = noting({ store, clock, log, meters })
  const door = { knows: async () => false, answer: async () => undefined, notes }
  const files = { cert: certificates.cert(SERVER), key: certificates.key(SERVER), ca: certificates.ca }
  const listening = await listenRadSec({ url: new URL('tls://127.0.0.1:0'), ...files }, { door, clock, store })
  /** Of one address there may be a hundred. */
  const from = async (n: number) => {
    const localAddress = `127.0.1.${1 + Math.floor(n / 100)}`
    const socket = connectBare({ port: listening.port, host: '127.0.0.1', localAddress })
    socket.on('error', () => undefined).resume()
    await once(socket, 'connect')
    return socket
  }
  const held: Socket[] = []
  for (let n = 0; n < 1000; n++) held.push(await from(n))
  await once(await from(1000), 'close')
  expect([outcomes, held.filter(({ closed }) => closed).length]).toEqual([['full'], 0])
  for (const socket of held) socket.destroy()
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
