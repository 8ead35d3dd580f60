import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { verifyVapid } from '../../test/support/vapid.ts'
import { sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { openVapid, vapidSubject } from './vapid.ts'

const HOUR = 3_600_000
const SERVICE = 'https://push.example.com'
const masterKey = randomBytes(32)
const random = (length: number) => new Uint8Array(randomBytes(length))

describe.each(ENGINES)('on %s', (engine) => {
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  const clock = new ManualClock()
  const open = (key = masterKey) =>
    openVapid({ store, sealer: sealer(key, random), clock, subject: 'https://login.example.org' })

  it('the installation makes its key once, and keeps it sealed', async () => {
    const [first, second] = [await open(), await open()]
    expect(first.publicKey).toMatch(/^B[A-Za-z0-9_-]{86}$/)
    expect(second.publicKey).toBe(first.publicKey)
    expect(await first.knows(first.publicKey)).toBe(true)
    const { value } = await store.read.selectFrom('settings').select('value').executeTakeFirstOrThrow()
    expect(value).not.toContain('"d"')
    await expect(open(randomBytes(32))).rejects.toThrow('another master key')
  })

  it('each push service is told who sends, under the key of the subscription', async () => {
    const vapid = await open()
    const header = await vapid.authorization(vapid.publicKey, SERVICE)
    const rules = { audience: SERVICE, restrictedTo: vapid.publicKey, now: clock.now() }
    expect(verifyVapid(header, rules)).toEqual({
      aud: SERVICE,
      sub: 'https://login.example.org',
      exp: clock.now() / 1000 + 12 * 3600,
    })
    const other = await vapid.authorization(vapid.publicKey, 'https://other.example.com')
    expect(() => verifyVapid(other, rules)).toThrow('audience')
  })

  it('a key that is not ours signs nothing', async () => {
    const vapid = await open()
    const foreign = `B${'A'.repeat(86)}`
    expect(await vapid.knows(foreign)).toBe(false)
    expect(await vapid.authorization(foreign, SERVICE)).toBeUndefined()
  })

  it('a statement is used again for 6 hours, then made anew, long before it ends', async () => {
    const vapid = await open()
    const header = () => vapid.authorization(vapid.publicKey, SERVICE)
    const first = await header()
    await clock.advance(6 * HOUR - 1000)
    expect(await header()).toBe(first)
    await clock.advance(1000)
    expect(await header()).not.toBe(first)
  })

  it('a clock that was set back makes no statement of more than a day', async () => {
    const vapid = await open()
    await vapid.authorization(vapid.publicKey, SERVICE)
    const earlier = new ManualClock(clock.now() - 24 * HOUR)
    const now = clock.now
    clock.now = earlier.now
    const header = await vapid.authorization(vapid.publicKey, SERVICE)
    expect(verifyVapid(header, { audience: SERVICE, now: earlier.now() }).exp).toBe(earlier.now() / 1000 + 12 * 3600)
    clock.now = now
  })
})

it.each([
  ['https://login.example.org', 'https://login.example.org'],
  ['https://login.example.org:8443', 'https://login.example.org:8443'],
  ['http://localhost:8080', 'mailto:operator@localhost'],
])('the contact of %s is %s', (origin, subject) => {
  expect(vapidSubject(origin)).toBe(subject)
})
