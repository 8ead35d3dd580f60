// Each door has a share for each who comes: one that is flooded from one address, or by one token, goes on for all
// others, and so do the other doors.
import { beforeEach, describe, expect, it } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { ENGINES } from '../support/engines.ts'
import { limits } from '../support/server.ts'
import { call, type Reply, type Sent, said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { operatorOf } from '../support/wire-operator.ts'
import { wireDirectory } from '../support/wire-scim.ts'

const SHARE = 5
const share = { count: SHARE, seconds: 60 }
const [FLOODING, OTHER] = ['198.51.100.9', '192.0.2.7']
const WIKI = 'https://wiki.example.org'
const LEDGER = 'https://ledger.example.org'
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const BASIC = { ...FORM, authorization: `Basic ${Buffer.from('app_0:no secret').toString('base64')}` }

type Ask = (from: string, more?: { site?: string }) => Promise<Reply<unknown>>

describe.each(ENGINES)('a flood, on %s', (engine) => {
  const shares = limits({
    authorizationsPerAddress: share,
    oidcCallsPerAddress: share,
    provisioningCalls: share,
    signInsPerAddress: share,
    enrolmentOpens: share,
  })
  const house = wireHouse(engine, { env: { ...shares, COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1' } })

  // What was taken before has come back.
  beforeEach(() => house.clock.jump(60_000))

  const at =
    (method: string, path: string, { headers = {}, body }: Sent = {}): Ask =>
    (from, { site = WIKI } = {}) => {
      const forwarded = {
        'x-forwarded-for': from,
        'x-forwarded-host': new URL(site).host,
        'x-forwarded-proto': 'https',
      }
      const own = { origin: house.server.wire.origin, accept: 'text/html' }
      const sent = { headers: { ...own, ...headers, ...forwarded }, ...(body !== undefined && { body }) }
      return call(house.server.wire, method, path, sent)
    }
  const visit = at('GET', '/forward-auth/start?rd=/')
  const authorize = at('GET', '/oidc/auth?client_id=nobody')
  const statusOf = async (asked: Promise<Reply<unknown>>) => (await asked).status

  async function othersGoOn(): Promise<void> {
    const { created, shown, device } = await house.asked()
    await using page = await house.application.events(created.id, created.secret)
    expect(said(await device.decide(shown, 'approve', created.number))).toBe('200')
    const { passcode = '' } = (await page.until(({ state }) => state === 'approved')).data
    expect(said(await house.application.redeem(created.id, created.secret, passcode))).toBe('200')
    expect(said(await (await operatorOf(house.server)).call('GET', '/session'))).toBe('200')
    expect((await (await wireDirectory(house.server)).call('GET', '/ServiceProviderConfig')).status).toBe(200)
  }

  it('of one protected site is turned away where it comes from, and that site and others go on for everybody else', async () => {
    for (const [name, site] of Object.entries({ WIKI, LEDGER }))
      await addApplication(house.server.running.parts, { name, protectedSites: [site] })
    const answers = await Promise.all(Array.from({ length: 40 }, () => visit(FLOODING)))
    const begun = answers.filter(({ status }) => status === 302)
    const refused = answers.filter(({ status }) => status === 429)
    expect([begun.length, refused.length]).toEqual([SHARE, 40 - SHARE])
    for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    // Whoever has signed in there is asked about all the time: that is not counted, nor is what nobody has signed in with.
    const cookie = `__Host-countersign-session=${'x'.repeat(43)}`
    const checks = Array.from({ length: 40 }, () => at('GET', '/forward-auth', { headers: { cookie } })(FLOODING))
    expect(new Set(await Promise.all(checks.map(statusOf)))).toEqual(new Set([401]))
    expect([await statusOf(visit(OTHER)), await statusOf(visit(OTHER, { site: LEDGER }))]).toEqual([302, 302])
    const { location = '' } = (await visit(OTHER)).headers
    const entered = await at('GET', new URL(location).pathname)(OTHER)
    expect(await statusOf(at('GET', `${entered.headers.location}`)(OTHER))).toBe(200)
    expect(await statusOf(authorize(FLOODING))).toBe(400)
    await othersGoOn()
    await house.clock.jump(60_000)
    expect(await statusOf(visit(FLOODING))).toBe(302)
  })

  it.each<[string, Ask, refusedOtherwise: number]>([
    ['the beginning of OpenID Connect', at('GET', '/oidc/auth?client_id=nobody'), 400],
    ['its tokens', at('POST', '/oidc/token', { headers: BASIC, body: 'grant_type=authorization_code' }), 401],
    ['CIBA', at('POST', '/oidc/backchannel', { headers: BASIC, body: 'scope=openid&login_hint=alice' }), 401],
    ['the account page', at('POST', '/account/api/begin', { body: {} }), 200],
    ['activation codes', at('POST', '/device/v1/enrolments/open', { body: { code: 'A'.repeat(16) } }), 404],
  ])('of %s is turned away where it comes from', async (_, ask, otherwise) => {
    const answers = await Promise.all(Array.from({ length: 3 * SHARE }, () => ask(FLOODING)))
    const refused = answers.filter(({ status }) => status === 429)
    expect(answers.filter(({ status }) => status === otherwise)).toHaveLength(SHARE)
    expect(refused).toHaveLength(2 * SHARE)
    for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect(await statusOf(ask(OTHER))).toBe(otherwise)
    await othersGoOn()
    await house.clock.jump(60_000)
    expect(await statusOf(ask(FLOODING))).toBe(otherwise)
  })

  it('by one that provisions is turned away alone, and wrong tokens turn away nobody', async () => {
    const [flooding, other] = [await wireDirectory(house.server), await wireDirectory(house.server)]
    const asks = (directory: typeof other) => directory.call('GET', '/Users')
    const answers = await Promise.all(Array.from({ length: 3 * SHARE }, () => asks(flooding)))
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(2 * SHARE)
    const wrong = Array.from({ length: 40 }, (_, n) => `cso_${String(n).padStart(26, '0')}`)
    const door = (token: string) => at('GET', '/scim/v2/Users', { headers: { authorization: `Bearer ${token}` } })
    expect(new Set(await Promise.all(wrong.map((token) => statusOf(door(token)(FLOODING)))))).toEqual(new Set([401]))
    expect(await statusOf(asks(other))).toBe(200)
    await othersGoOn()
    await house.clock.jump(60_000)
    expect(await statusOf(asks(flooding))).toBe(200)
  })
})
