// A RADIUS port that can't be had: said in a sentence, with nothing left open; and what `check` says of the door before.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openStore } from '../../test/support/engines.ts'
import { radsecCertificates } from '../../test/support/radsec-certificates.ts'
import { newHouse, startServer } from '../../test/support/server.ts'
import { addApplication } from '../applications/applications.ts'
import { random } from '../assemble.ts'
import { checkRadius } from '../cli/checks/radius.ts'
import { systemClock } from '../clock.ts'
import { sealer } from '../store/sealer.ts'
import { addClient } from './clients.ts'

const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const
const folder = mkdtempSync(join(tmpdir(), 'countersign-radius-'))
afterAll(() => rmSync(folder, { recursive: true }))
const certificates = radsecCertificates(folder, ['login.harbour.example', 'other.harbour.example'])
certificates.issue('former.harbour.example', -1)

async function takenPort() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  return { port, [Symbol.asyncDispose]: async () => void socket.close() }
}

/** Files of this process below a folder. */
const openBelow = (path: string) =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path)
    } catch {
      return false
    }
  })

describe('a start', () => {
  it.runIf(process.platform === 'linux')('whose RADIUS port is taken leaves nothing open', async () => {
    await using taken = await takenPort()
    await using house = await newHouse('sqlite')
    const at = `127.0.0.1:${taken.port}`
    const started = startServer('sqlite', { house, env: { COUNTERSIGN_RADIUS: `udp://${at}` } })
    const detail = `COUNTERSIGN_RADIUS can’t listen at ${at}: it is taken on this machine.`
    await expect(started).rejects.toMatchObject({ slug: 'unavailable', message: expect.stringContaining(detail) })
    expect(openBelow(String(house.env.COUNTERSIGN_DATA))).toEqual([])
    await using again = await startServer('sqlite', { house })
    expect(openBelow(String(house.env.COUNTERSIGN_DATA))).not.toEqual([])
    expect((await fetch(`${again.running.origin}/readyz`)).status).toBe(200)
  })

  it.runIf(process.platform === 'linux')(
    'whose port for metrics is taken says so, and leaves nothing open',
    async () => {
      await using house = await newHouse('sqlite')
      const occupant = createServer().listen(0, '127.0.0.1')
      await once(occupant, 'listening')
      const at = `127.0.0.1:${(occupant.address() as AddressInfo).port}`
      const started = startServer('sqlite', { house, env: { COUNTERSIGN_METRICS: at } })
      await expect(started).rejects.toThrow(`COUNTERSIGN_METRICS can’t listen at ${at}: it is taken on this machine.`)
      expect(openBelow(String(house.env.COUNTERSIGN_DATA))).toEqual([])
      occupant.close()
    },
  )

  it('whose RadSec key is another certificate’s says so', async () => {
    await using house = await newHouse('sqlite')
    const env = {
      COUNTERSIGN_RADSEC: 'tls://127.0.0.1:0',
      COUNTERSIGN_RADSEC_CERT: certificates.cert('login.harbour.example'),
      COUNTERSIGN_RADSEC_KEY: certificates.key('other.harbour.example'),
      COUNTERSIGN_RADSEC_CA: certificates.ca,
    }
    await expect(startServer('sqlite', { house, env })).rejects.toThrow(
      /^COUNTERSIGN_RADSEC can’t listen at 127.0.0.1:0: its certificate, key or authority can’t be used/,
    )
  })
})

describe('`check`', () => {
  const radsec = (cert: string, key = cert) => ({
    url: new URL('tls://127.0.0.1:2083'),
    cert: certificates.cert(cert),
    key: certificates.key(key),
    ca: certificates.ca,
  })
  const off = { radius: undefined, radsec: undefined }

  it('says nothing where RADIUS is off, and warns where nobody may ask', async () => {
    await using store = Object.assign(await openStore('sqlite'), {
      async [Symbol.asyncDispose]() {
        await store.close()
      },
    })
    const needs = { store, now: Date.now() }
    expect(await checkRadius(off, needs)).toEqual([])
    const free = { ...off, radius: new URL('udp://127.0.0.1:0') }
    expect((await checkRadius(free, needs)).map(({ status }) => status)).toEqual(['ok', 'warning'])
    const parts = { store, clock: systemClock, random, sealer: sealer(random(32), random) }
    const { id } = await addApplication(parts, { name: 'VPN' })
    const client = { id, certificate: '', challenges: false, groups: 'none', messageAuthenticator: true }
    await addClient(parts, { ...client, network: '127.0.0.1' }, BY)
    expect((await checkRadius(free, needs)).map(({ detail }) => detail)).toEqual([
      '127.0.0.1:0 is free to listen at.',
      '1 client may ask by UDP.',
    ])
    expect((await checkRadius({ ...off, radsec: radsec('login.harbour.example') }, needs))[1]).toMatchObject({
      status: 'warning',
      detail: 'No client may ask by RadSec: nobody is answered.',
    })
  })

  it.each<[string, () => Partial<Parameters<typeof checkRadius>[0]>, string, RegExp]>([
    ['an address of another machine', () => ({ radius: new URL('udp://192.0.2.1:1812') }), 'problem', /no address of/],
    [
      'a certificate that ends tomorrow',
      () => ({ radsec: radsec('login.harbour.example') }),
      'warning',
      /lasts only 1/,
    ],
    ['a certificate that has ended', () => ({ radsec: radsec('former.harbour.example') }), 'problem', /has ended/],
    [
      'a key of another certificate',
      () => ({ radsec: radsec('login.harbour.example', 'other.harbour.example') }),
      'problem',
      /can’t be used/,
    ],
    [
      'a file that is no certificate',
      () => {
        writeFileSync(join(folder, 'none.pem'), 'none')
        return { radsec: { ...radsec('login.harbour.example'), ca: join(folder, 'none.pem') } }
      },
      'problem',
      /RadSec can’t start/,
    ],
  ])('finds %s', async (_what, config, status, detail) => {
    const store = await openStore('sqlite')
    const [finding] = await checkRadius({ ...off, ...config() }, { store, now: Date.now() })
    await store.close()
    expect(finding).toMatchObject({ status, detail: expect.stringMatching(detail) })
  })

  it('can’t tell a port of its own from another’s', async () => {
    await using taken = await takenPort()
    const store = await openStore('sqlite')
    const radius = new URL(`udp://127.0.0.1:${taken.port}`)
    const [finding] = await checkRadius({ ...off, radius }, { store, now: Date.now() })
    await store.close()
    expect(finding).toMatchObject({ status: 'not checked', detail: expect.stringContaining('by this server') })
  })
})
