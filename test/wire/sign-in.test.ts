// One sign-in, from the question to the session, as a stranger's programs hold it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'
import type { WireApplication } from '../support/wire-application.ts'
import { said } from '../support/wire-call.ts'

const ID = (prefix: string) => expect.stringMatching(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`))
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

describe.each(ENGINES)('a sign-in on %s', (engine) => {
  const clock = new ManualClock()
  let server: TestServer
  let application: WireApplication & { id: string }
  beforeAll(async () => {
    server = await startServer(engine, { clock })
    application = await server.application('Harbour')
  })
  afterAll(() => server.close())

  it('goes from the application to the device and back', async () => {
    const username = await server.user()
    const device = await server.device(username)
    const created = await application.create(username, { context: { ip: '203.0.113.7', message: 'Invoices' } })
    expect(said(created)).toBe('201')
    const { id, secret, number } = created.body
    expect(created.body).toEqual({
      id: ID('req'),
      state: 'pending',
      reason: null,
      version: 1,
      delivery: 'none',
      createdAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2026-01-01T00:01:00.000Z',
      settledAt: null,
      redeemedAt: null,
      number: expect.stringMatching(/^\d\d$/),
      secret: expect.stringMatching(/^[\w-]{22}$/),
    })
    const [shown] = await device.requests()
    if (!shown) throw new Error('the device was asked nothing')
    expect(shown).toEqual({
      id,
      purpose: 'sign-in',
      nonce: expect.stringMatching(/^[\w-]{22}$/),
      token: device.token.id,
      username,
      createdAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2026-01-01T00:01:00.000Z',
      application: { id: application.id, name: 'Harbour' },
      context: { ip: '203.0.113.7', message: 'Invoices' },
      number: { digits: 2 },
      unlock: 'none',
      approval: 'standard',
    })
    const decided = await device.decide(shown, 'approve', number)
    expect(decided.body).toEqual({ state: 'approved', reason: null })
    const { body: waiting } = await application.read(id, { secret })
    expect(waiting).toMatchObject({ state: 'approved', number, passcode: expect.stringMatching(/^\d{8}$/) })
    const redeemed = await application.redeem(id, secret, waiting.passcode ?? '')
    expect(redeemed.body).toEqual({
      username,
      userId: ID('usr'),
      amr: ['otp', 'swk'],
      token: device.token.id,
      device: device.id,
      approvedAt: TIME,
      numberMatched: true,
    })
    const { body: after } = await application.read(id, { secret })
    expect(after).toMatchObject({ state: 'approved', number: null, redeemedAt: TIME })
    expect(after).not.toHaveProperty('passcode')
  })
})
