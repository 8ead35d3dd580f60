// What an organisation asks by where, when and with what somebody signs in.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PolicyView } from '../../protocol/operator-api/policies.ts'
import type { Policy } from '../../protocol/policy.ts'
import { addApplication } from '../../server/applications/applications.ts'
import { addUser } from '../../server/directory/users.ts'
import { createRequest } from '../../server/requests/create.ts'
import { arrival, CALLBACK } from '../support/arrival.ts'
import { ENGINES } from '../support/engines.ts'
import { placeFile } from '../support/place-file.ts'
import { GENEROUS } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'
import { expectProblem } from '../support/wire-problem.ts'

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const HOME = { ip: '203.0.113.7', userAgent: CHROME }
const ABROAD = { ip: '2001:db8::1', userAgent: CHROME }
const PASSWORD = 'correct horse battery'

const folder = mkdtempSync(join(tmpdir(), 'countersign-risk-'))
const file = join(folder, 'places.mmdb')
writeFileSync(
  file,
  placeFile([
    { network: '203.0.113.0/24', city: 'Rotterdam', subdivision: 'ZH', country: { code: 'NL', name: 'Netherlands' } },
    { network: '127.0.0.0/8', city: 'Berlin', country: { code: 'DE', name: 'Germany' } },
    { network: '2001:db8::/32', city: 'Paris', country: { code: 'FR', name: 'France' } },
  ]),
)
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(ENGINES)('policies by where, when and with what on %s', (engine) => {
  const house = wireHouse(engine, { env: { ...GENEROUS, COUNTERSIGN_GEOIP: file } })
  let bea: WireProgram
  beforeAll(async () => {
    bea = await programOf(house.server, 'administrator')
  })
  const set = (scope: string, policy: object) =>
    bea.call<PolicyView>('PUT', `/policies/${scope}`, { policy }, { 'if-match': '"0"' })
  const under = async (policy: Policy) => {
    const application = await house.server.application()
    expect(said(await set(application.id, policy))).toBe('200')
    return application
  }
  const refusals = async (application: string) => {
    const { read } = house.server.store
    const rows = await read.selectFrom('audit').select(['detail', 'kind', 'application_id']).execute()
    return rows
      .filter((row) => row.kind === 'sign-in-refused' && row.application_id === application)
      .map(({ detail }) => (JSON.parse(detail) as { because: string }).because)
  }
  /** Somebody who approved once, from home. */
  const settled = async () => {
    const person = await house.person({ numberMatching: false })
    await house.approved(await house.ask(person, { context: HOME }))
    return person
  }

  it('refuse networks and countries, and write down whom', async () => {
    const application = await under({ refusedNetworks: ['198.51.100.0/24'], refusedCountries: ['FR'] })
    const { username } = await house.person()
    const from = (ip: string) => application.create(username, { context: { ip } })
    expectProblem(await from('198.51.100.9'), '403 refused-by-policy', { because: 'network' })
    expectProblem(await from('::ffff:198.51.100.9'), '403 refused-by-policy', { because: 'network' })
    expectProblem(await from('2001:db8::1'), '403 refused-by-policy', { because: 'country' })
    expect(said(await from('203.0.113.7'))).toBe('201')
    expect(await refusals(application.id)).toEqual(['network', 'network', 'country'])
    const caller = { purpose: 'verify-caller', context: { ip: '198.51.100.9' } }
    expect(said(await application.create(username, caller))).toBe('201')
  })

  it('refuse a typed passcode from networks, countries and places that they refuse, as far as it is told', async () => {
    const person = await settled()
    await house.clock.jump(60_000)
    const verify = async (policy: Policy, context?: object) =>
      (await under(policy)).verify(person.username, person.device.passcode(), context && { context })
    const refused = async (policy: Policy, context: object, because: string) =>
      expectProblem(await verify(policy, context), '403 refused-by-policy', { because })
    await refused({ refusedNetworks: ['198.51.100.0/24'] }, { ip: '::ffff:198.51.100.9' }, 'network')
    await refused({ refusedCountries: ['FR'] }, ABROAD, 'country')
    await refused({ onNewPlace: 'refuse' }, ABROAD, 'risk')
    await refused({ onNewPlace: 'number-and-unlock' }, ABROAD, 'unlock')
    await refused({ onNewClient: 'refuse' }, { ...HOME, userAgent: FIREFOX }, 'risk')
    const strict: Policy = { refusedCountries: ['FR'], onNewPlace: 'refuse', onNewClient: 'refuse' }
    expect((await verify(strict, HOME)).body).toMatchObject({ valid: true })
    await house.clock.jump(60_000)
    expect((await verify({ refusedCountries: ['FR'], onNewPlace: 'refuse' })).body).toMatchObject({ valid: true })
  })

  it('refuse outside working hours, a typed passcode too', async () => {
    const person = await house.person()
    const now = new Date(house.clock.now())
    const today = now.getUTCDay() || 7
    const elsewhen = { zone: 'UTC', days: [(today % 7) + 1], from: '10:00', until: '11:00' }
    const closed = await under({ workingHours: [elsewhen] })
    expectProblem(await closed.create(person.username), '403 refused-by-policy', { because: 'hours' })
    expectProblem(await closed.verify(person.username, '000000'), '403 refused-by-policy', { because: 'hours' })
    const open = await under({
      workingHours: [elsewhen, { ...elsewhen, days: [today], from: '00:00', until: '23:59' }],
    })
    expect(said(await open.create(person.username))).toBe('201')
  })

  it('ask for a number only where something is unusual', async () => {
    const application = await under({ numberMatching: 'when-risky', numberDigits: 3 })
    const person = await settled()
    const number = async (context: object) => (await application.ask(person.username, { context })).number
    expect(await number(HOME)).toBeNull()
    expect(await number({ ...HOME, userAgent: FIREFOX })).toMatch(/^\d{3}$/)
    expect(await number(ABROAD)).toMatch(/^\d{3}$/)
    const denied = await application.ask(person.username, { context: HOME })
    await person.device.decide((await person.device.request(denied.id)).body, 'deny')
    expect(await number(HOME)).toMatch(/^\d{3}$/)
    await house.clock.jump(10 * 60_000)
    expect(await number(HOME)).toBeNull()
  })

  it('take a client that was approved from as known', async () => {
    const application = await under({ onNewClient: 'number' })
    const person = await settled()
    const firefox = { context: { ...HOME, userAgent: FIREFOX } }
    const created = await application.ask(person.username, firefox)
    expect(created.number).toMatch(/^\d\d$/)
    await person.device.decide((await person.device.request(created.id)).body, 'approve', created.number)
    expect((await application.ask(person.username, firefox)).number).toBeNull()
  })

  it('take a client that does not say what it is as new, always', async () => {
    const application = await under({ onNewClient: 'refuse' })
    const person = await settled()
    const asked = (userAgent: string) => application.create(person.username, { context: { ...HOME, userAgent } })
    for (const userAgent of ['', 'curl/8.5.0'])
      expectProblem(await asked(userAgent), '403 refused-by-policy', { because: 'risk' })
    // An application that is no browser's says nothing about one.
    expect(said(await application.create(person.username, { context: { ip: HOME.ip } }))).toBe('201')
  })

  it('ask for an unlocked token abroad, and refuse after a denial, where they say so', async () => {
    const application = await under({ onNewPlace: 'number-and-unlock', onRecentDenials: 'refuse' })
    const person = await settled()
    const from = (context: object) => application.create(person.username, { context })
    expectProblem(await from(ABROAD), '403 refused-by-policy', { because: 'unlock' })
    const strong = await house.server.device(person.username, { unlock: 'webauthn', numberMatching: false })
    const { body: asked } = await from(ABROAD)
    expect(asked.number).toMatch(/^\d\d$/)
    const { body: shown } = await strong.request(asked.id)
    expect(said(await person.device.request(asked.id))).toBe('404 unknown-request')
    await strong.decide(shown, 'deny')
    expectProblem(await from(HOME), '403 refused-by-policy', { because: 'risk' })
  })

  it('see a denial for ten minutes from the moment of it, however late it came', async () => {
    const slow = await under({ requestLifetime: 600, onRecentDenials: 'refuse' })
    const person = await settled()
    const asked = await slow.ask(person.username, { context: HOME })
    await house.clock.jump(9 * 60_000)
    await person.device.decide((await person.device.request(asked.id)).body, 'deny')
    const again = () => slow.create(person.username, { context: HOME })
    await house.clock.jump(9 * 60_000)
    expectProblem(await again(), '403 refused-by-policy', { because: 'risk' })
    await house.clock.jump(60_000)
    expect(said(await again())).toBe('201')
  })

  it('give nobody more than ten minutes, and no door less than they say', async () => {
    const { username } = await house.person()
    const lives = async (policy: Policy) =>
      (Date.parse((await (await under(policy)).ask(username)).expiresAt) - house.clock.now()) / 1000
    expect(await lives({ requestLifetime: 100, moreTime: 3 })).toBe(300)
    expect(await lives({ requestLifetime: 300, moreTime: 10 })).toBe(600)
  })

  it('take a typed passcode no sooner than a push: after a denial, and of a token that is not unlocked', async () => {
    const person = await settled()
    await house.clock.advance(60_000)
    const verify = async (policy: Policy) => (await under(policy)).verify(person.username, person.device.passcode())
    expectProblem(await verify({ unlock: 'webauthn' }), '403 refused-by-policy', { because: 'unlock' })
    const strong = await house.server.device(person.username, { unlock: 'webauthn' })
    // Of two tokens only one is enough: a right passcode of the other is no wrong one.
    expectProblem(await verify({ unlock: 'webauthn' }), '403 refused-by-policy', { because: 'unlock' })
    await house.clock.advance(60_000)
    const atOnce = await under({ unlock: 'webauthn' })
    expect((await atOnce.verify(person.username, strong.passcode())).body).toEqual({
      valid: true,
      token: strong.token.id,
    })
    const denied = await house.ask(person, { context: HOME })
    await person.device.decide(denied.shown, 'deny')
    await house.clock.advance(60_000)
    for (const [onRecentDenials, because] of [
      ['refuse', 'risk'],
      ['number-and-unlock', 'unlock'],
    ] as const)
      expectProblem(await verify({ onRecentDenials }), '403 refused-by-policy', { because })
    expect((await verify({ onRecentDenials: 'number' })).body).toMatchObject({ valid: true })
    await house.clock.jump(10 * 60_000)
    expect((await verify({ onRecentDenials: 'refuse' })).body).toMatchObject({ valid: true })
  })

  it('take a temporary passcode of whoever has no token to unlock, and refuse it where they refuse', async () => {
    const person = await settled()
    const { users } = (await bea.call<{ users: { id: string }[] }>('GET', `/users?search=${person.username}`)).body
    const { body } = await bea.call<{ passcode: string }>('POST', `/users/${users[0]?.id}/temporary-passcodes`, {
      reason: 'their phone is in a lake',
      once: false,
    })
    const verify = async (policy: Policy) => (await under(policy)).verify(person.username, body.passcode)
    expect((await verify({ unlock: 'webauthn' })).body).toEqual({ valid: true, token: null })
    const denied = await house.ask(person, { context: HOME })
    await person.device.decide(denied.shown, 'deny')
    expectProblem(await verify({ onRecentDenials: 'refuse' }), '403 refused-by-policy', { because: 'risk' })
    expect((await verify({ onRecentDenials: 'number-and-unlock' })).body).toEqual({ valid: true, token: null })
  })

  it('waive no number after a denial, minutes ago though it was', async () => {
    const { parts } = house.server.running
    const application = await under({ numberMatching: 'on', withoutNumber: 'approval' })
    const person = await settled()
    const asks = () =>
      createRequest(parts, {
        application: { id: application.id as never, name: 'VPN' },
        call: { username: person.username, purpose: 'sign-in', context: HOME },
        door: 'radius',
        cannotShowNumber: true,
      })
    const waived = await asks()
    expect(waived).toMatchObject({ number: null, numberWaived: true })
    await person.device.decide((await person.device.request(waived.id)).body, 'deny')
    await house.clock.jump(2 * 60_000)
    await expect(asks()).rejects.toMatchObject({ slug: 'refused-by-policy', members: { because: 'number' } })
    await house.clock.jump(8 * 60_000)
    expect(await asks()).toMatchObject({ numberWaived: true })
  })

  it('are not written with a network that is none, or that is half of the internet', async () => {
    const { id } = await house.server.application()
    const answer = await set(id, {
      trustedNetworks: ['10.0.0.0/8', '0.0.0.0/0'],
      workingHours: [{ zone: 'Harbour/Town', days: [1], from: '08:00', until: '18:00' }],
    })
    expect(said(answer)).toBe('422 invalid')
    const errors = (answer.body as unknown as { errors: object }).errors
    expect(Object.keys(errors)).toEqual(['/policy/trustedNetworks/1', '/policy/workingHours/0/zone'])
    expect(said(await set(id, { refusedCountries: ['nl'] }))).toBe('422 invalid')
  })

  describe('at the hosted login page', () => {
    const site = async (policy: Policy, wishes?: Record<string, string>) => {
      const { parts } = house.server.running
      const { id, clientId = '' } = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK] })
      expect(said(await set(id, policy))).toBe('200')
      const username = `carol-${id}`
      await addUser(parts, { username, password: PASSWORD })
      const { post } = await arrival(house.server, clientId, undefined, wishes)
      const type = async (call: 'passcode' | 'recovery', body: object) => {
        const { status, text } = await post(call, body)
        return { status, body: JSON.parse(text) as Record<string, unknown> }
      }
      const answer = async (typed = PASSWORD) => {
        const { status, text } = await post('password', { username, password: typed })
        return { status, body: JSON.parse(text) as Record<string, unknown> }
      }
      return { id, username, answer, type }
    }

    it('ask for nothing after the password in a trusted network, and say so to nobody without one', async () => {
      const { answer } = await site({ trustedNetworks: ['127.0.0.0/8'] })
      expect((await answer('wrong')).body).toMatchObject({ type: 'urn:countersign:problem:wrong-credentials' })
      expect((await answer()).body).toMatchObject({ step: 'signed-in' })
      const elsewhere = await site({ trustedNetworks: ['192.0.2.0/24'] })
      expect((await elsewhere.answer()).body).toMatchObject({ step: 'confirm' })
    })

    it('let no password be enough, in a network they trust, where the application asks for an acr', async () => {
      const policy = { trustedNetworks: ['127.0.0.0/8'] }
      for (const acr of ['push', 'passcode']) {
        const { answer } = await site(policy, { acr_values: `urn:countersign:acr:${acr}` })
        expect((await answer()).body).toMatchObject({ step: 'confirm' })
      }
      const wanted = { id_token: { acr: { essential: true, values: ['urn:countersign:acr:push'] } } }
      const { answer } = await site(policy, { claims: JSON.stringify(wanted) })
      expect((await answer()).body).toMatchObject({ step: 'confirm' })
    })

    it('refuse whoever types from a new place or with a token that is not unlocked, and offer neither', async () => {
      const abroad = await site({ onNewPlace: 'refuse' })
      const device = await house.server.device(abroad.username, { numberMatching: false })
      await house.approved(await house.ask({ username: abroad.username, device }, { context: HOME }))
      await house.clock.advance(60_000)
      const offered = (await abroad.answer()).body
      expect(offered).toMatchObject({ push: { available: false, why: 'risk' }, typedPasscodes: false })
      const refused = { status: 403, body: { because: 'risk' } }
      expect(await abroad.type('passcode', { passcode: device.passcode() })).toMatchObject(refused)
      expect(await abroad.type('recovery', { code: '0000-0000-0000-0000' })).toMatchObject(refused)
      const raised = await site({ onNewPlace: 'number-and-unlock' })
      const weak = await house.server.device(raised.username, { numberMatching: false })
      await house.approved(await house.ask({ username: raised.username, device: weak }, { context: HOME }))
      await house.clock.advance(60_000)
      expect((await raised.answer()).body).toMatchObject({
        push: { available: false, why: 'unlock' },
        typedPasscodes: false,
      })
      expect(await raised.type('passcode', { passcode: weak.passcode() })).toMatchObject({
        status: 403,
        body: { because: 'unlock' },
      })
    })

    it('refuse a browser that keeps to itself what it is, where others were approved from', async () => {
      const careful = await site({ onNewClient: 'refuse' })
      const device = await house.server.device(careful.username, { numberMatching: false })
      const { body: unknown } = await careful.answer()
      expect(unknown).toMatchObject({ push: { available: true } })
      await house.approved(await house.ask({ username: careful.username, device }, { context: HOME }))
      await house.clock.advance(60_000)
      expect((await careful.answer()).body).toMatchObject({ push: { available: false, why: 'risk' } })
      const refused = { status: 403, body: { because: 'risk' } }
      expect(await careful.type('passcode', { passcode: device.passcode() })).toMatchObject(refused)
    })

    it('refuse after the right password only', async () => {
      const { id, answer } = await site({ refusedNetworks: ['127.0.0.0/8'], trustedNetworks: ['127.0.0.0/8'] })
      expect((await answer('wrong')).body).toMatchObject({ type: 'urn:countersign:problem:wrong-credentials' })
      expect(await answer()).toMatchObject({ status: 403, body: { because: 'network' } })
      expect(await refusals(id)).toEqual(['network'])
    })
  })
})
