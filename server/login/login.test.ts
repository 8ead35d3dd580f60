import * as client from 'openid-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GroupId } from '../../protocol/ids.ts'
import type { SignInView } from '../../protocol/login-api.ts'
import { PROBLEM_TYPE } from '../../protocol/problems.ts'
import { ACR_PASSCODE, ACR_PUSH } from '../../protocol/sign-in.ts'
import { type AnsweringDevice, answeringDevice } from '../../test/support/answering-device.ts'
import { Browsing } from '../../test/support/browsing.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { CALLBACK, PASSWORD, type SignInSite, signInSite } from '../../test/support/sign-in-site.ts'
import { issuePasscode } from '../passcodes/temporary.ts'
import type { Store } from '../store/store.ts'
import { purgeSignIns } from './rows.ts'

const HELPER = { kind: 'operator', id: null, name: 'Bea', role: 'help-desk', act: 'passcodes.issue' } as const

type View<Step> = Extract<SignInView, { step: Step }>

/** One tab on the login page. */
class Tab {
  readonly page: string
  readonly browser: Browsing
  readonly origin: string
  constructor(page: string, browser: Browsing) {
    this.page = page
    this.browser = browser
    this.origin = new URL(page).origin
  }

  post(call: string, body: unknown = {}, headers: Record<string, string> = {}) {
    return this.browser.fetch(`${this.page}/api/${call}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.origin, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }

  async does<Step extends SignInView['step']>(call: string, body: unknown, step: Step): Promise<View<Step>> {
    const response = await this.post(call, body)
    const view = (await response.json()) as SignInView
    expect(view).toMatchObject({ step })
    return view as View<Step>
  }

  async shows(): Promise<SignInView> {
    return (await (await this.browser.fetch(`${this.page}/api/state`)).json()) as SignInView
  }

  async password(username = 'alice', password = PASSWORD) {
    return this.does('password', { username, password }, 'confirm')
  }

  async push() {
    return this.does('push', { seen: null }, 'waiting')
  }
}

async function slugOf(response: Response | Promise<Response>): Promise<string> {
  const { status, type } = (await (await response).json()) as { status: number; type: string }
  return `${status} ${type.replace(PROBLEM_TYPE, '')}`
}

describe.each(ENGINES)('the login page, on %s', (engine) => {
  let store: Store
  let site: SignInSite
  let clock: ManualClock
  let device: AnsweringDevice
  let config: client.Configuration

  beforeEach(async () => {
    store = await openStore(engine)
    clock = new ManualClock(Date.now())
    site = await signInSite(store, { clock })
    const alice = await site.addUser('alice')
    device = await answeringDevice(site.deciding, alice.id)
    const { clientId = '', clientSecret } = site.application
    config = await client.discovery(new URL(`${site.origin}/oidc`), clientId, clientSecret, undefined, {
      execute: [client.allowInsecureRequests],
    })
  })
  afterEach(async () => {
    await site.close()
    await store.close()
  })

  async function arrive(browser = new Browsing(), parameters: Record<string, string> = {}) {
    const verifier = client.randomPKCECodeVerifier()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid profile',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...parameters,
    })
    const { url: page } = await browser.visit(url.href)
    const tab = new Tab(page, browser)
    const claims = async (continueTo: string) => {
      const { url: back } = await browser.visit(continueTo, CALLBACK)
      const tokens = await client.authorizationCodeGrant(config, new URL(back), { pkceCodeVerifier: verifier })
      return tokens.claims()
    }
    return { tab, claims }
  }

  it('turns whoever is in none of the application’s groups away, and the application hears of it', async () => {
    const group = `grp_${'0'.repeat(26)}` as GroupId
    const application = site.application.id
    const named = { name: 'Staff', name_key: 'staff', version: 1, external_id: null, created_at: 0 }
    await store.write(async (tx) => {
      await tx.updateTable('applications').set({ restricted: 1 }).where('id', '=', application).execute()
      await tx
        .insertInto('groups')
        .values({ ...named, id: group })
        .execute()
      await tx.insertInto('application_groups').values({ application_id: application, group_id: group }).execute()
    })
    const { tab } = await arrive()
    const typed = { username: 'alice', password: PASSWORD }
    expect(await slugOf(tab.post('password', typed))).toBe('403 not-permitted-here')
    expect(await slugOf(tab.post('password', { ...typed, password: 'wrong' }))).toBe('403 wrong-credentials')
    const { id } = await store.read.selectFrom('users').select('id').executeTakeFirstOrThrow()
    await store.write((tx) => tx.insertInto('group_members').values({ group_id: group, user_id: id }).execute())
    await tab.password()
    await store.write((tx) => tx.deleteFrom('group_members').execute())
    for (const step of ['push', 'redeem'])
      expect(await slugOf(tab.post(step, { seen: null, passcode: '12345678' }))).toBe('403 not-permitted-here')
    const { continueTo } = (await (await tab.post('leave')).json()) as { continueTo: string }
    const { url } = await tab.browser.visit(continueTo, CALLBACK)
    expect(new URL(url).searchParams.get('error')).toBe('access_denied')
  })

  it('shows the application’s own text and picture', async () => {
    await store.write((tx) => tx.updateTable('applications').set({ login_text: 'For staff.', icon: 'abc' }).execute())
    const { tab } = await arrive()
    expect(await tab.shows()).toMatchObject({ step: 'password', text: 'For staff.', icon: '/login/icons/abc' })
  })

  describe('push', () => {
    it('the passcode reaches the page, is redeemed, and the application learns the truth', async () => {
      const { tab, claims } = await arrive()
      expect(await tab.shows()).toEqual({ step: 'password', application: 'Harbour', organisation: 'Harbour' })
      expect(await tab.password()).toMatchObject({ username: 'alice', push: { available: true }, requestSeconds: 60 })
      const { request } = await tab.push()
      expect(request).toMatchObject({ state: 'pending', number: expect.stringMatching(/^\d\d$/) })
      await device.answer('approve', request.number)
      const approved = (await tab.shows()) as View<'waiting'>
      expect(approved.request).toMatchObject({ state: 'approved', passcode: expect.stringMatching(/^\d{8}$/) })
      const at = Math.floor(clock.now() / 1000)
      const { continueTo } = await tab.does('redeem', { passcode: approved.request.passcode }, 'signed-in')
      expect(await claims(continueTo)).toMatchObject({
        amr: ['pwd', 'otp', 'swk', 'mfa'],
        acr: ACR_PUSH,
        auth_time: at,
      })
      expect(await slugOf(tab.browser.fetch(`${tab.page}/api/state`))).toBe('409 no-sign-in')
    })

    it('the device sees for whom and from where, and nothing of the secret leaves the server', async () => {
      const { tab } = await arrive()
      await tab.password()
      const response = await tab.post(
        'push',
        { seen: null },
        { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0' },
      )
      const text = await response.text()
      expect(Object.keys(JSON.parse(text).request).sort()).toEqual(
        ['createdAt', 'delivery', 'expiresAt', 'number', 'reason', 'serverTime', 'state'].sort(),
      )
      const [request] = await device.pending()
      expect(request).toMatchObject({ application: { name: 'Harbour' }, username: 'alice', purpose: 'sign-in' })
      expect(request?.context).toMatchObject({ ip: '203.0.113.7', client: 'Chrome on Linux' })
    })

    it('a reload, a second tab and the way back find the same', async () => {
      const { tab } = await arrive()
      await tab.password()
      const { request } = await tab.push()
      const again = new Tab(tab.page, tab.browser)
      expect(await again.shows()).toMatchObject({ step: 'waiting', request: { number: request.number } })
      await device.answer('approve', request.number)
      const first = (await tab.shows()) as View<'waiting'>
      const { passcode } = first.request
      const [one, two] = await Promise.all([tab.post('redeem', { passcode }), again.post('redeem', { passcode })])
      const steps = await Promise.all([one, two].map(async (r) => ((await r.json()) as { step?: string }).step))
      expect(steps).toContain('signed-in')
      expect(await again.shows()).toMatchObject({ step: 'signed-in' })
    })

    it('the page is told each change as it happens, and the end', async () => {
      const { tab } = await arrive()
      await tab.password()
      const { request } = await tab.push()
      const stream = await tab.browser.fetch(`${tab.page}/api/events`)
      expect(stream.headers.get('content-type')).toBe('text/event-stream')
      const told = stream.text()
      await clock.whenWaiting()
      await device.answer('approve', request.number)
      const states = [...(await told).matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data).request.state)
      expect(states).toEqual(['pending', 'approved'])
    })

    it('the stream tells the exact end of a request that nobody answered', async () => {
      const { tab } = await arrive()
      await tab.password()
      await tab.push()
      const told = tab.browser.fetch(`${tab.page}/api/events`).then((r) => r.text())
      await clock.whenWaiting()
      await clock.advance(60_000)
      expect(await told).toContain('"state":"expired"')
    })

    it.each([
      ['deny', 'declined'],
      ['report', 'not_me'],
    ] as const)('%s on the device ends it, and redeems nothing', async (verdict, reason) => {
      const { tab } = await arrive()
      await tab.password()
      await tab.push()
      await device.answer(verdict)
      expect(await tab.shows()).toMatchObject({ step: 'waiting', request: { state: 'denied', reason, number: null } })
      expect(await slugOf(tab.post('redeem', { passcode: '12345678' }))).toBe('409 not-approved')
    })

    it('after a report push is paused, and the page says until when', async () => {
      const { tab } = await arrive()
      await tab.password()
      await tab.push()
      await device.answer('report')
      const until = new Date(clock.now() + 900_000).toISOString()
      expect(await tab.shows()).toMatchObject({ push: { available: false, why: 'push-paused', until } })
      expect(await slugOf(tab.post('push', { seen: 'denied' }))).toBe('423 push-paused')
    })

    it('an approval reported before it was redeemed signs nobody in', async () => {
      const { tab } = await arrive()
      await tab.password()
      const { request } = await tab.push()
      const [asked] = await device.pending()
      await device.answer('approve', request.number)
      const { passcode } = ((await tab.shows()) as View<'waiting'>).request
      await device.answer('report', null, asked)
      expect(await slugOf(tab.post('redeem', { passcode }))).toBe('409 not-approved')
    })

    it('a wrong passcode redeems nothing; the third ends the approval', async () => {
      const { tab } = await arrive()
      await tab.password()
      const { request } = await tab.push()
      await device.answer('approve', request.number)
      const { passcode = '' } = ((await tab.shows()) as View<'waiting'>).request
      const wrong = String((Number(passcode) + 1) % 10 ** 8).padStart(8, '0')
      for (let tries = 0; tries < 3; tries++)
        expect(await slugOf(tab.post('redeem', { passcode: wrong }))).toBe('403 wrong-passcode')
      expect(await slugOf(tab.post('redeem', { passcode }))).toBe('410 expired')
    })

    it('sending again ends the first request', async () => {
      const { tab } = await arrive()
      await tab.password()
      await tab.push()
      const [first] = await device.pending()
      await tab.does('push', { seen: 'pending' }, 'waiting')
      const pending = await device.pending()
      expect(pending).toHaveLength(1)
      expect(pending[0]?.id).not.toBe(first?.id)
    })

    it('nothing is sent after a denial that the person had not seen', async () => {
      const { tab } = await arrive()
      await tab.password()
      await tab.push()
      await device.answer('deny')
      expect(await tab.does('push', { seen: 'pending' }, 'waiting')).toMatchObject({ request: { state: 'denied' } })
      expect(await device.pending()).toEqual([])
      expect(await tab.does('push', { seen: 'denied' }, 'waiting')).toMatchObject({ request: { state: 'pending' } })
    })

    it('an approval waits for its page, but not for ever; then the person may ask again', async () => {
      const { tab } = await arrive()
      await tab.password()
      const { request } = await tab.push()
      await device.answer('approve', request.number)
      await tab.does('push', { seen: 'approved' }, 'waiting')
      await tab.does('cancel', {}, 'waiting')
      expect(await device.pending()).toEqual([])
      await clock.advance(60_000)
      const late = (await tab.shows()) as View<'waiting'>
      expect(late.request).toMatchObject({ state: 'approved', number: null })
      expect(late.request.passcode).toBeUndefined()
      await tab.does('push', { seen: 'approved' }, 'waiting')
      expect(await device.pending()).toHaveLength(1)
    })

    it('two tabs that ask at once make one request', async () => {
      const { tab } = await arrive()
      await tab.password()
      await Promise.all([tab.post('push', { seen: null }), tab.post('push', { seen: null })])
      expect(await device.pending()).toHaveLength(1)
    })

    it('cancelling takes the request off the device and leads back to the choice', async () => {
      const { tab } = await arrive()
      await tab.password()
      await tab.push()
      await tab.does('cancel', {}, 'confirm')
      expect(await device.pending()).toEqual([])
    })

    it('whoever asks and takes it back, again and again, makes no device ring all night', async () => {
      const { tab } = await arrive()
      await tab.password()
      const rings = () => store.write((tx) => tx.updateTable('login_requests').set({ delivery: 'sent' }).execute())
      for (let n = 0; n < 4; n++) {
        await tab.push()
        await rings()
        await tab.does('cancel', {}, 'confirm')
        await clock.advance(30_000)
      }
      await tab.push()
      await rings()
      expect(await slugOf(tab.post('push', { seen: 'pending' }))).toBe('423 push-paused')
      expect(await device.pending()).toEqual([])
    })

    it('somebody without a device is told so', async () => {
      await site.addUser('bea')
      const { tab } = await arrive()
      expect(await tab.password('bea')).toMatchObject({ push: { available: false, why: 'no-token' } })
      expect(await slugOf(tab.post('push', { seen: null }))).toBe('409 no-token')
    })
  })

  describe('typed passcode', () => {
    it('signs in, and the application learns that it was typed', async () => {
      const { tab, claims } = await arrive()
      await tab.password()
      const code = device.code()
      const typed = `${code.slice(0, 3)} ${code.slice(3)}`
      const { continueTo } = await tab.does('passcode', { passcode: typed }, 'signed-in')
      expect(await claims(continueTo)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: ACR_PASSCODE })
    })

    it('instead of waiting takes the request off the device', async () => {
      const { tab } = await arrive()
      await tab.password()
      await tab.push()
      await tab.does('passcode', { passcode: device.code() }, 'signed-in')
      expect(await device.pending()).toEqual([])
      const { unanswered } = await store.read.selectFrom('throttles').select('unanswered').executeTakeFirstOrThrow()
      expect(unanswered).toBe(0)
    })

    it('is wrong when wrong, refused when used before, and locked after ten', async () => {
      const { tab } = await arrive()
      await tab.password()
      expect(await slugOf(tab.post('passcode', { passcode: 'abcdef' }))).toBe('422 invalid')
      const wrong = String((Number(device.code()) + 1) % 10 ** 6).padStart(6, '0')
      for (let tries = 0; tries < 10; tries++)
        expect(await slugOf(tab.post('passcode', { passcode: wrong }))).toBe('403 wrong-passcode')
      expect(await slugOf(tab.post('passcode', { passcode: device.code() }))).toBe('423 passcodes-locked')
    })

    it('of the help desk lets in somebody who has no device, where one was given', async () => {
      const { id } = await site.addUser('bea')
      const { tab, claims } = await arrive()
      expect(await tab.password('bea')).not.toHaveProperty('typedPasscodes')
      const { passcode } = await issuePasscode(site.deciding, { id, reason: 'Her phone is in a lake' }, HELPER)
      expect(await tab.shows()).toMatchObject({ typedPasscodes: true })
      const { continueTo } = await tab.does('passcode', { passcode }, 'signed-in')
      expect(await claims(continueTo)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: ACR_PASSCODE })
    })

    it('is good once', async () => {
      const first = await arrive()
      await first.tab.password()
      await first.tab.does('passcode', { passcode: device.code() }, 'signed-in')
      const second = await arrive()
      await second.tab.password()
      expect(await slugOf(second.tab.post('passcode', { passcode: device.code() }))).toBe('403 wrong-passcode')
    })
  })

  describe('the password', () => {
    it.each([
      ['alice', 'wrong'],
      ['nobody', PASSWORD],
      ['bad\u0000name', PASSWORD],
    ])('%s with a pair that is not one gets one answer', async (username, password) => {
      const { tab } = await arrive()
      const response = await tab.post('password', { username, password })
      expect(response.headers.getSetCookie()).toEqual([])
      expect(await response.json()).toEqual({
        type: `${PROBLEM_TYPE}wrong-credentials`,
        title: 'User name or password is wrong.',
        status: 403,
        detail: 'User name or password is wrong.',
      })
    })

    it('an address that tries too often waits', async () => {
      await site.close()
      const { sealer } = site.deciding
      site = await signInSite(store, { clock, sealer, limits: { signInsPerAddress: { count: 2, seconds: 60 } } })
      config = await client.discovery(new URL(`${site.origin}/oidc`), site.application.clientId ?? '', 'x', undefined, {
        execute: [client.allowInsecureRequests],
      })
      const { tab } = await arrive()
      for (let tries = 0; tries < 2; tries++) await tab.post('password', { username: 'alice', password: 'wrong' })
      const refused = await tab.post('password', { username: 'alice', password: PASSWORD })
      expect(refused.headers.get('retry-after')).toBe('60')
      expect(await slugOf(refused)).toBe('429 too-many-requests')
      await clock.advance(60_000)
      await tab.password()
    })

    it('earns a fresh cookie that only this site can send and no script can read', async () => {
      const { tab } = await arrive()
      const cookies = async () =>
        (await tab.post('password', { username: 'alice', password: PASSWORD })).headers.getSetCookie()
      const [first = ''] = await cookies()
      expect(first).toMatch(
        /^__Host-countersign-[\w-]{12}=[\w-]{22}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      )
      const [second = ''] = await cookies()
      expect(second.split('=')[0]).toBe(first.split('=')[0])
      expect(second).not.toBe(first)
      const ids = await store.read.selectFrom('sign_ins').select('id').execute()
      expect(ids).toHaveLength(1)
      expect(second).not.toContain(ids[0]?.id)
    })

    it('is offered the name that the application expects', async () => {
      const { tab } = await arrive(new Browsing(), { login_hint: 'alice' })
      expect(await tab.shows()).toMatchObject({ step: 'password', loginHint: 'alice' })
    })

    it('failures and sign-ins are in the audit log, without what was typed', async () => {
      const { tab } = await arrive()
      await tab.post('password', { username: 'hunter2', password: 'x' })
      await tab.post('password', { username: 'alice', password: 'hunter2' })
      await tab.password()
      await tab.does('passcode', { passcode: device.code() }, 'signed-in')
      const rows = await store.read.selectFrom('audit').selectAll().orderBy('seq').execute()
      const kinds = rows.map(({ kind }) => kind)
      expect(kinds.filter((kind) => kind === 'sign-in-failed')).toHaveLength(2)
      expect(kinds.at(-1)).toBe('signed-in')
      expect(JSON.stringify(rows)).not.toContain('hunter2')
    })
  })

  describe('whose it is', () => {
    it('the address of a page opens nothing in another browser', async () => {
      const { tab } = await arrive()
      await tab.password()
      await tab.push()
      const stranger = new Tab(tab.page, new Browsing())
      expect(await slugOf(stranger.browser.fetch(`${tab.page}/api/state`))).toBe('409 no-sign-in')
      for (const call of ['password', 'push', 'passcode', 'redeem', 'cancel', 'leave'])
        expect(await slugOf(stranger.post(call, { username: 'alice', password: PASSWORD, seen: null }))).toBe(
          '409 no-sign-in',
        )
    })

    it('two tabs are two sign-ins', async () => {
      const browser = new Browsing()
      const one = await arrive(browser)
      const two = await arrive(browser)
      await one.tab.password()
      expect(await one.tab.shows()).toMatchObject({ step: 'confirm' })
      expect(await two.tab.shows()).toMatchObject({ step: 'password' })
      expect(await slugOf(two.tab.post('push', { seen: null }))).toBe('409 no-sign-in')
    })

    it('the cookie of one sign-in is worth nothing under the name of another’s', async () => {
      const browser = new Browsing()
      const [one, two] = [await arrive(browser), await arrive(browser)]
      await one.tab.password()
      const named = ({ page }: Tab) => `__Host-countersign-${new URL(page).pathname.split('/')[2]?.slice(0, 12)}`
      const jar = browser.cookieFor(two.tab.page)
      const [, value] = new RegExp(`${named(one.tab)}=([^;]+)`).exec(jar) ?? []
      expect(value).toBeTruthy()
      const as = async (name: string, { page }: Tab) => {
        const headers = { cookie: `${browser.cookieFor(page)}; ${name}=${value}` }
        return (await fetch(`${page}/api/state`, { headers })).json()
      }
      expect(await as(named(two.tab), two.tab)).toMatchObject({ step: 'password' })
      expect(await as(named(one.tab), one.tab)).toMatchObject({ step: 'confirm' })
    })

    it('whoever has only the cookie of the authorization still needs the password', async () => {
      const { tab } = await arrive()
      for (const call of ['push', 'passcode', 'redeem', 'cancel'])
        expect(await slugOf(tab.post(call, { seen: null, passcode: '123456' }))).toBe('409 no-sign-in')
    })

    it.each(['https://evil.example', 'null', undefined])('a post from %s is refused', async (origin) => {
      const { tab } = await arrive()
      const headers: Record<string, string> = { 'content-type': 'application/json', ...(origin ? { origin } : {}) }
      const body = JSON.stringify({ username: 'alice', password: PASSWORD })
      const sent = tab.browser.fetch(`${tab.page}/api/password`, { method: 'POST', headers, body })
      expect(await slugOf(sent)).toBe('403 cross-site')
    })

    it('only JSON is read, and not much of it', async () => {
      const { tab } = await arrive()
      expect(await slugOf(tab.post('password', 'a=b', { 'content-type': 'text/plain' }))).toBe('400 malformed')
      expect(await slugOf(tab.post('password', '{'))).toBe('400 malformed')
      expect(await slugOf(tab.post('password', { username: 'alice' }))).toBe('422 invalid')
      expect(await slugOf(tab.post('password', 'x'.repeat(65 * 1024)))).toBe('413 body-too-large')
      expect(await slugOf(tab.browser.fetch(`${tab.page}/api/password`))).toBe('405 method-not-allowed')
      expect(await slugOf(tab.browser.fetch(`${tab.page}/api/other`))).toBe('404 not-found')
    })
  })

  it('turning back ends everything and tells the application', async () => {
    const { tab } = await arrive()
    await tab.password()
    await tab.push()
    const { continueTo } = (await (await tab.post('leave')).json()) as { continueTo: string }
    const { url } = await tab.browser.visit(continueTo, CALLBACK)
    expect(new URL(url).searchParams.get('error')).toBe('access_denied')
    expect(await device.pending()).toEqual([])
    expect(tab.browser.cookiesFor(tab.page).filter((name) => name.startsWith('__Host-'))).toEqual([])
    expect(await store.read.selectFrom('sign_ins').selectAll().execute()).toEqual([])
  })

  it('a sign-in left alone is forgotten', async () => {
    const { tab } = await arrive()
    await tab.password()
    await clock.advance(16 * 60_000)
    expect(await purgeSignIns(store, clock.now())).toBe(1)
  })

  it('logs no secret', async () => {
    const { tab } = await arrive()
    await tab.password()
    await tab.post('passcode', { passcode: '000000' })
    expect(site.lines.join()).not.toMatch(/000000|correct horse/)
  })
})
