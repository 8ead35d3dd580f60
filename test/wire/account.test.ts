// /account: what a person can do about their own account, and what nobody else can.
import { beforeAll, describe, expect, it } from 'vitest'
import type { Account, AccountHistory, NewCodes } from '../../protocol/account-api.ts'
import type { ReportList, ReportShown } from '../../protocol/operator-api/reports.ts'
import { holdSession } from '../../server/account/sessions.ts'
import { sealEntries } from '../../server/audit/chain/seal.ts'
import { changeAddresses, confirmAddress } from '../../server/directory/notice-addresses.ts'
import { findUser } from '../../server/directory/rows.ts'
import { addUser } from '../../server/directory/users.ts'
import { valuesCell } from '../../server/mail/outbox.ts'
import { makeRecoveryCodes } from '../../server/recovery/codes.ts'
import { changeThrottle } from '../../server/throttling/change.ts'
import { Browsing } from '../support/browsing.ts'
import { ENGINES } from '../support/engines.ts'
import { MEASURES } from '../support/measures.ts'
import { GENEROUS, limits } from '../support/server.ts'
import type { Json } from '../support/wire-call.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf } from '../support/wire-operator.ts'

const PASSWORD = 'correct horse battery'
const STEP = 30_000
let people = 0

describe.each(ENGINES)('the account page on %s', (engine) => {
  const changed = { signInsPerAddress: { count: 10_000 }, requestsPerUser: { count: 100_000 } }
  const house = wireHouse(engine, { env: { ...GENEROUS, ...limits(changed), COUNTERSIGN_SMTP: 'smtp://127.0.0.1:1' } })
  let origin = ''
  beforeAll(() => {
    origin = `http://localhost:${house.server.wire.port}`
  })

  class Page {
    readonly browser = new Browsing()
    async send(path: string, body?: unknown, { method = 'POST', from = origin } = {}) {
      const own = { 'content-type': 'application/json', origin: from }
      const sent = body === undefined ? {} : { method, headers: own, body: JSON.stringify(body) }
      const response = await this.browser.fetch(origin + path, sent)
      const text = await response.text()
      const json = text.startsWith('{') ? (JSON.parse(text) as Json) : {}
      const slug = response.ok ? '' : ` ${String(json.type).replace('urn:countersign:problem:', '')}`
      return { said: `${response.status}${slug}`, body: json }
    }
    async get<Answer>(path: string): Promise<Answer> {
      return (await this.send(path)).body as Answer
    }
    /** The password, and whatever `second` does. */
    async signIn(username: string, second: (at: string) => Promise<{ said: string; body: Json }>, password = PASSWORD) {
      const { body } = await this.send('/account/api/begin', {})
      const at = `${String(body.continueTo)}/api`
      await this.send(`${at}/password`, { username, password })
      const done = await second(at)
      if (done.body.step === 'signed-in') await this.browser.visit(String(done.body.continueTo), `${origin}/account`)
      return done.said
    }
  }

  async function someone() {
    const username = `erin-${++people}`
    await addUser(house.server.running.parts, { username, password: PASSWORD })
    const device = await house.server.device(username)
    await house.clock.advance(2 * STEP)
    return { username, device }
  }

  const byPasscode = (page: Page, device: WireDevice) => (at: string) =>
    page.send(`${at}/passcode`, { passcode: device.passcode() })

  async function signedIn() {
    const person = await someone()
    const page = new Page()
    expect(await page.signIn(person.username, byPasscode(page, person.device))).toBe('200')
    return { ...person, page }
  }

  /** @returns what the device was asked, too */
  const byPush =
    (page: Page, device: WireDevice, shown: object = {}) =>
    async (at: string) => {
      const { number } = (await page.send(`${at}/push`, { seen: null })).body.request as { number: string | null }
      const [request] = await device.requests()
      if (!request) throw new Error('nothing was asked')
      Object.assign(shown, request)
      await device.decide(request, 'approve', number)
      const { request: seen } = (await page.send(`${at}/state`)).body as { request: { passcode: string } }
      return page.send(`${at}/redeem`, { passcode: seen.passcode })
    }

  /** A page at which a device has confirmed a moment ago whose it is. */
  async function confirmed({ username, device }: { username: string; device: WireDevice }) {
    await house.clock.advance(1000)
    const page = new Page()
    expect(await page.signIn(username, byPush(page, device))).toBe('200')
    return page
  }

  it('is nobody’s before both factors are there', async () => {
    const { username } = await someone()
    const page = new Page()
    expect((await page.send('/account/api/me')).said).toBe('401 unauthenticated')
    const { body } = await page.send('/account/api/begin', {})
    const visit = String(body.continueTo)
    await page.send(`${visit}/api/password`, { username, password: PASSWORD })
    await page.browser.visit(`${origin}/account/arrive/${visit.slice('/login/'.length)}`, `${origin}/account`)
    expect((await page.send('/account/api/me')).said).toBe('401 unauthenticated')
    const stranger = new Page()
    expect((await stranger.send(`${visit}/api/state`)).said).toBe('409 no-sign-in')
  })

  it('shows its person their devices; the cookie is of this site alone, and ends', async () => {
    const { username, device, page } = await signedIn()
    expect(await page.get<Account>('/account/api/me')).toMatchObject({
      username,
      hasPassword: true,
      passwordElsewhere: false,
      addresses: [],
      codes: { allowed: true, left: 0, madeAt: null },
      devices: [
        {
          id: device.id,
          name: 'Phone',
          tokens: [{ id: device.token.id, unlock: 'none', suspended: false, lastUsedAt: expect.any(String) }],
        },
      ],
    })
    expect((await page.send('/account/api/codes', {}, { from: 'https://elsewhere.example' })).said).toBe(
      '403 cross-site',
    )
    expect((await page.send('/account/api/leave', {})).said).toBe('204')
    expect((await page.send('/account/api/me')).said).toBe('401 unauthenticated')
    const later = await signedIn()
    await house.clock.advance(15 * 60_000)
    expect((await later.page.send('/account/api/me')).said).toBe('401 unauthenticated')
  })

  it('a lost device is gone at once, with what it was asked; nobody else’s can be lost', async () => {
    const { username, device, page } = await signedIn()
    const other = await house.person()
    expect((await page.send(`/account/api/devices/${other.device.id}/lost`, {})).said).toBe('404 unknown-token')
    const { created } = await house.ask({ username, device })
    expect((await page.send(`/account/api/devices/${device.id}/lost`, {})).said).toBe('204')
    expect((await device.call('GET', '/device/v1/tokens')).status).toBe(401)
    expect((await house.application.read(created.id)).body.state).toBe('cancelled')
    expect((await other.device.call('GET', '/device/v1/tokens')).status).toBe(200)
  })

  it('a device that has approved the sign-in to the page is not lost there; another one is', async () => {
    const { username, device } = await someone()
    const other = await house.server.device(username)
    const [page, elsewhere] = [await confirmed({ username, device }), await confirmed({ username, device: other })]
    const lose = async (at: Page, { id }: WireDevice) => (await at.send(`/account/api/devices/${id}/lost`, {})).said
    const shown = async (at: Page) =>
      (await at.get<Account>('/account/api/me')).devices.map(({ id, current }) => `${id} ${current}`).sort()
    expect(await shown(page)).toEqual([`${device.id} true`, `${other.id} false`].sort())
    expect(await lose(page, device)).toBe('409 not-lost')
    expect((await device.call('GET', '/device/v1/tokens')).status).toBe(200)
    expect(await lose(elsewhere, device)).toBe('204')
    expect(await shown(elsewhere)).toEqual([`${other.id} true`])
  })

  it('a recovery code signs in once in place of a device; new ones take their place', async () => {
    const { username, device, page } = await signedIn()
    const { codes } = (await page.send('/account/api/codes', {})).body as NewCodes
    expect(codes).toHaveLength(10)
    for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
    const stored = await house.server.store.read.selectFrom('recovery_codes').selectAll().execute()
    expect(JSON.stringify(stored)).not.toContain(codes[0]?.replaceAll('-', ''))
    const by = (at: Page, code = '') => at.signIn(username, (where) => at.send(`${where}/recovery`, { code }))
    const [first, again] = [new Page(), new Page()]
    expect(await by(first, codes[0]?.toUpperCase())).toBe('200')
    expect((await first.get<Account>('/account/api/me')).codes.left).toBe(9)
    expect(await by(again, codes[0])).toBe('403 wrong-passcode')
    expect(await by(again, 'nonsense')).toBe('403 wrong-passcode')
    await page.send('/account/api/codes', {})
    expect(await by(again, codes[1])).toBe('403 wrong-passcode')
    const { body } = await device.call<{ notices: { kind: string }[] }>('GET', '/device/v1/notices')
    expect(body.notices.map(({ kind }) => kind).sort()).toEqual([
      'recovery-code-used',
      'recovery-codes-made',
      'recovery-codes-made',
    ])
  })

  it('ten wrong recovery codes in a row lock what is typed; then the right one waits too, and is good still', async () => {
    const { username, page, device } = await signedIn()
    const { codes } = (await page.send('/account/api/codes', {})).body as NewCodes
    const thief = new Page()
    const guess = (at: string, code = '') => thief.send(`${at}/recovery`, { code })
    const wrong = (at: string) => guess(at, '0000-0000-0000-0000')
    const said = await thief.signIn(username, async (at) => {
      // Guesses that come together are counted one by one.
      const together = await Promise.all(Array.from({ length: 5 }, () => wrong(at)))
      for (let n = 0; n < 5; n++) together.push(await wrong(at))
      expect(together.map((one) => one.said)).toEqual(Array(10).fill('403 wrong-passcode'))
      return guess(at, codes[0])
    })
    expect(said).toBe('423 passcodes-locked')
    expect(await page.signIn(username, byPasscode(page, device))).toBe('423 passcodes-locked')
    await house.clock.jump(15 * 60_000)
    expect(await thief.signIn(username, (at) => guess(at, codes[0]))).toBe('200')
    // The right one has begun the count anew.
    const nine = await thief.signIn(username, async (at) => {
      for (let n = 0; n < 9; n++) expect((await wrong(at)).said).toBe('403 wrong-passcode')
      return guess(at, codes[1])
    })
    expect(nine).toBe('200')
  })

  it('the hundredth wrong code in a row, of whatever kind, locks until somebody of the organisation has looked', async () => {
    const { username, page } = await signedIn()
    const { codes } = (await page.send('/account/api/codes', {})).body as NewCodes
    const { parts } = house.server.running
    const user = await findUser(parts.store.read, username)
    if (!user) throw new Error('no such person')
    await changeThrottle(parts.store, user.id, { passcode_failures: 99 }, async () => {})
    const person = new Page()
    const type = (code = '') => person.signIn(username, (at) => person.send(`${at}/recovery`, { code }))
    expect([await type('0000-0000-0000-0000'), await type(codes[0])]).toEqual([
      '403 wrong-passcode',
      '423 passcodes-locked',
    ])
    await house.clock.jump(30 * 24 * 60 * 60_000)
    expect(await type(codes[0])).toBe('423 passcodes-locked')
    const bea = await programOf(house.server, 'help-desk', 90)
    expect((await bea.call('POST', `/users/${user.id}/passcodes/unlock`, { reason: 'it was they' })).status).toBe(204)
    expect(await type(codes[0])).toBe('200')
  })

  it('what a person is told of can’t be buried: ten changes a day of codes and addresses', async () => {
    const { page } = await signedIn()
    const change = (n: number) =>
      n % 2 === 0
        ? page.send('/account/api/codes', {})
        : page.send('/account/api/addresses', { addresses: [] }, { method: 'PUT' })
    for (let n = 0; n < 10; n++) expect((await change(n)).said).toMatch(/^20[04]$/)
    for (const n of [10, 11]) expect((await change(n)).said).toBe('429 too-many-requests')
  })

  it('recovery codes are neither made nor taken where a policy refuses them', async () => {
    const { username, page } = await signedIn()
    const { codes } = (await page.send('/account/api/codes', {})).body as NewCodes
    const bea = await programOf(house.server, 'administrator')
    const set = (policy: object, version: number) =>
      bea.call('PUT', '/policies/organisation', { policy }, { 'if-match': `"${version}"` })
    const lost = new Page()
    const shown: Json[] = []
    const recover = async (at: string) => {
      shown.push((await lost.send(`${at}/state`)).body)
      return lost.send(`${at}/recovery`, { code: codes[0] })
    }
    expect((await set({ recoveryCodes: false }, 0)).status).toBe(200)
    expect((await page.get<Account>('/account/api/me')).codes.allowed).toBe(false)
    const made = await page.send('/account/api/codes', {})
    expect([made.said, made.body.because]).toEqual(['403 refused-by-policy', 'recovery-codes'])
    expect(await lost.signIn(username, recover)).toBe('403 refused-by-policy')
    expect(shown).toMatchObject([{ recoveryCodes: false }])
    // What is refused is not spent.
    expect((await set({}, 1)).status).toBe(200)
    expect(await lost.signIn(username, recover)).toBe('200')
    expect(shown[1]).not.toHaveProperty('recoveryCodes')
  })

  it('a password is changed by whoever knows the old one; guesses are counted, others are signed out', async () => {
    const { username, device, page } = await signedIn()
    await house.clock.advance(STEP)
    const other = new Page()
    await other.signIn(username, byPasscode(other, device))
    const change = (current: string, next = 'a longer one') => page.send('/account/api/password', { current, next })
    expect((await change(PASSWORD, 'short')).said).toBe('422 invalid')
    for (const easy of ['12345678', 'Password1!', username + username])
      expect((await change(PASSWORD, easy)).said).toBe('422 guessable-password')
    expect((await change(PASSWORD)).said).toBe('204')
    expect((await other.send('/account/api/me')).said).toBe('401 unauthenticated')
    expect((await page.send('/account/api/me')).said).toBe('200')
    await Promise.all(Array.from({ length: 14 }, () => change(PASSWORD)))
    const looked = house.server.store.read.selectFrom('audit').select('seq').where('kind', '=', 'sign-in-failed')
    const theirs = looked.where('user_id', '=', await house.server.idOf(username))
    expect(await theirs.execute()).toHaveLength(10)
    expect((await change('a longer one')).said).toBe('429 too-many-requests')
    const { body } = await device.call<{ notices: { kind: string }[] }>('GET', '/device/v1/notices')
    expect(body.notices[0]?.kind).toBe('password-changed')
  })

  it('what happened can be reported by its person only', async () => {
    const { username, device } = await someone()
    const stranger = await signedIn()
    const { created } = await house.ask({ username, device })
    const { created: over } = await house.ask({ username, device })
    await house.application.cancel(over.id)
    const page = await confirmed({ username, device })
    const history = await page.get<AccountHistory>('/account/api/history')
    const { application } = history.requests[0] ?? {}
    expect(application).toMatch(/ account$/)
    expect(history.requests.find(({ id }) => id === created.id)).toMatchObject({ state: 'pending', reportable: true })
    expect((await stranger.page.send(`/account/api/requests/${created.id}/report`, {})).said).toBe(
      '404 unknown-request',
    )
    expect((await page.send(`/account/api/requests/${created.id}/report`, {})).said).toBe('204')
    expect((await house.application.read(created.id)).body).toMatchObject({ state: 'denied', reason: 'not_me' })

    // Whatever has ended otherwise stays as it ended; told twice is told once.
    for (const _ of ['', 'in another window'])
      expect((await page.send(`/account/api/requests/${over.id}/report`, {})).said).toBe('204')
    const { requests } = await page.get<AccountHistory>('/account/api/history')
    const told = requests.slice(1).map(({ id, state, reportable, reported }) => [id, { state, reportable, reported }])
    expect(Object.fromEntries(told)).toEqual({
      [over.id]: { state: 'cancelled', reportable: false, reported: true },
      [created.id]: { state: 'denied', reportable: false, reported: true },
    })
    const reports = await house.server.store.read.selectFrom('reports').select('request_id').execute()
    expect(reports.filter(({ request_id }) => request_id === over.id)).toHaveLength(1)

    await house.clock.advance(1000)
    const added = await house.server.device(username)
    const { notices } = await page.get<AccountHistory>('/account/api/history')
    const notice = notices.find((one) => one.device?.id === added.id)?.id
    expect((await stranger.page.send(`/account/api/notices/${notice}/report`, {})).said).toBe('404 unknown-notice')
    expect((await page.send(`/account/api/notices/${notice}/report`, {})).said).toBe('204')
    expect((await added.call('GET', '/device/v1/tokens')).status).toBe(401)
  })

  it('a report ends what is open since, but not the page at which a device has confirmed since whose it is', async () => {
    const { username, device, page: earlier } = await signedIn()
    await house.clock.advance(1000)
    const { created } = await house.ask({ username, device })
    const open = async () => {
      await house.clock.advance(2 * STEP)
      const page = new Page()
      expect(await page.signIn(username, byPasscode(page, device))).toBe('200')
      return page
    }
    const [other, own] = [await open(), await confirmed({ username, device })]
    expect((await own.send(`/account/api/requests/${created.id}/report`, {})).said).toBe('204')
    const pages = [earlier, other, own]
    const said = await Promise.all(pages.map(async (page) => (await page.send('/account/api/me')).said))
    expect(said).toEqual(['200', '401 unauthenticated', '200'])
  })

  /** Who may be at the page when it reports that a device was added. */
  const AT_THE_PAGE: [string, string, (who: { username: string; device: WireDevice }) => Promise<Page>][] = [
    ['200', 'by push, since it was added', confirmed],
    [
      '401 unauthenticated',
      'by a typed passcode',
      async ({ username, device }) => {
        const page = new Page()
        await page.signIn(username, byPasscode(page, device))
        return page
      },
    ],
  ]
  it.each(AT_THE_PAGE)(
    'after a report of an added device the page is %s where it was confirmed %s',
    async (said, _by, arrives) => {
      const { username, device } = await someone()
      const intruder = await house.server.device(username)
      await house.clock.advance(2 * STEP)
      const page = await arrives({ username, device })
      expect(await reportAdded(page, intruder)).toBe('204')
      expect((await intruder.call('GET', '/device/v1/tokens')).status).toBe(401)
      expect((await page.send('/account/api/me')).said).toBe(said)
    },
  )

  it('whoever was let in by mistake, or by a device of their own, is not alone in the account after a report', async () => {
    const who = await mistaken()
    const { username, thief } = who
    expect(await who.enters()).toBe('200')
    await house.clock.advance(1000)
    const second = await house.server.device(username)
    await house.clock.advance(1000)
    const own = await confirmed({ username, device: second })
    // The question that let them in was asked before it was added.
    expect(await reportAdded(thief, second)).toBe('204')
    for (const page of [thief, own]) expect((await page.send('/account/api/me')).said).toBe('401 unauthenticated')

    const added = await house.server.device(username)
    const another = await confirmed({ username, device: added })
    expect((await another.send(`/account/api/requests/${who.shown.id}/report`, {})).said).toBe('204')
    expect((await another.send('/account/api/me')).said).toBe('401 unauthenticated')
  })

  it('a sign-in by a typed code is seen with where and for what, and can be reported by its person only', async () => {
    const { username, device, page } = await signedIn()
    const stranger = await signedIn()
    await house.clock.advance(STEP)
    expect((await house.application.verify(username, device.passcode())).body).toMatchObject({ valid: true })
    const { codes } = (await page.send('/account/api/codes', {})).body as NewCodes
    const thief = new Page()
    await thief.signIn(username, (at) => thief.send(`${at}/recovery`, { code: codes[0] }))
    await sealEntries(house.server.running.parts)
    const mine = async (at = page) => (await at.get<AccountHistory>('/account/api/history')).signIns
    const account = expect.stringMatching(/ account$/)
    expect(await mine()).toMatchObject([
      { by: 'recovery', application: account, ip: '127.0.0.1', reportable: true, reported: false },
      { by: 'passcode', application: 'Harbour', ip: null, reportable: true },
      { by: 'passcode', application: account, ip: '127.0.0.1', reportable: true },
    ])
    const [used] = await mine()
    const report = (who: Page, id = used?.id) => who.send(`/account/api/sign-ins/${id}/report`, {})
    expect((await report(stranger.page)).said).toBe('404 unknown-request')
    expect((await report(page, 'nonsense')).said).toBe('404 unknown-request')
    expect((await thief.send('/account/api/me')).said).toBe('200')
    const own = await confirmed({ username, device })
    expect([(await report(own)).said, (await report(own)).said]).toEqual(['204', '204'])
    expect((await thief.send('/account/api/me')).said).toBe('401 unauthenticated')
    // Whoever has one of the codes has the sheet.
    expect(await thief.signIn(username, (at) => thief.send(`${at}/recovery`, { code: codes[1] }))).toBe(
      '403 wrong-passcode',
    )
    expect((await mine(own)).map(({ reported }) => reported)).toEqual([true, false, false])
    const bea = await programOf(house.server, 'help-desk', 90)
    const { reports } = (await bea.call<ReportList>('GET', '/reports')).body
    const ofMine = reports.filter(({ user }) => user.username === username)
    expect(ofMine).toMatchObject([{ signIn: 'recovery', redeemed: true, application: { name: '' } }])
    const shown = (await bea.call<ReportShown>('GET', `/reports/${ofMine[0]?.id}`)).body
    expect(shown.from).toMatchObject({ ip: '127.0.0.1', at: used?.at })
    await house.clock.jump(24 * 60 * 60_000)
    const later = new Page()
    await later.signIn(username, byPasscode(later, device))
    expect((await report(later)).said).toBe('409 too-late-to-report')
  })

  const reportAdded = async (page: Page, { id: device }: WireDevice) => {
    const { notices } = await page.get<AccountHistory>('/account/api/history')
    const id = notices.find(({ kind, device: one }) => kind === 'device-added' && one?.id === device)?.id
    return (await page.send(`/account/api/notices/${id}/report`, {})).said
  }

  type Reporting = { username: string; device: WireDevice; page: Page }
  const noticed = async (device: WireDevice, kind: string) => {
    const { body } = await device.call<{ notices: { id: string; kind: string }[] }>('GET', '/device/v1/notices')
    return body.notices.find((one) => one.kind === kind)?.id
  }
  const reportNotice = async (device: WireDevice, kind: string) =>
    device.call('POST', `/device/v1/notices/${await noticed(device, kind)}/report`, { body: {} })
  const REPORTS: [string, (by: Reporting) => Promise<unknown>][] = [
    ['a request', async (by) => by.device.decide((await house.ask(by)).shown, 'report')],
    [
      'the notice of it',
      async ({ page, device }) =>
        page.send(`/account/api/notices/${await noticed(device, 'temporary-passcode')}/report`, {}),
    ],
    [
      'a sign-in by it',
      async ({ page }) => {
        await sealEntries(house.server.running.parts)
        const { signIns } = await page.get<AccountHistory>('/account/api/history')
        return page.send(`/account/api/sign-ins/${signIns.find(({ by }) => by === 'temporary')?.id}/report`, {})
      },
    ],
  ]

  it.each(REPORTS)(
    'a report of %s ends the temporary passcode, and one that is given later can be ended there',
    async (_what, reports) => {
      const { username, device, page } = await signedIn()
      const bea = await programOf(house.server, 'help-desk', 90)
      const id = await house.server.idOf(username)
      const why = { reason: 'their phone is in a lake' }
      const issue = async () =>
        (
          await bea.call<{ id: string; passcode: string }>('POST', `/users/${id}/temporary-passcodes`, {
            ...why,
            once: false,
          })
        ).body
      const { passcode } = await issue()
      const verify = async (typed: string) => (await house.application.verify(username, typed)).body.valid
      const thief = new Page()
      expect(await thief.signIn(username, (at) => thief.send(`${at}/passcode`, { passcode }))).toBe('200')
      expect(await verify(passcode)).toBe(true)
      await reports({ username, device, page })
      expect(await verify(passcode)).toBe(false)
      expect((await thief.send('/account/api/me')).said).toBe('401 unauthenticated')
      const report = async () => {
        const { reports } = (await bea.call<ReportList>('GET', '/reports')).body
        const mine = reports.find(({ user }) => user.username === username)
        return (await bea.call<ReportShown>('GET', `/reports/${mine?.id}`)).body
      }
      expect(await report()).toMatchObject({
        ended: { temporaryPasscodes: 1, recoveryCodes: 0 },
        temporaryPasscodes: [],
      })
      const later = await issue()
      expect((await report()).temporaryPasscodes).toMatchObject([{ id: later.id, once: false }])
      expect((await bea.call('POST', `/temporary-passcodes/${later.id}/end`, why)).status).toBe(204)
      expect((await report()).temporaryPasscodes).toEqual([])
      expect(await verify(later.passcode)).toBe(false)
    },
  )

  it('codes that somebody else made are worth nothing once they are reported, and nor is the page they were made at', async () => {
    const { username, device, page: thief } = await signedIn()
    const { codes } = (await thief.send('/account/api/codes', {})).body as NewCodes
    expect((await reportNotice(device, 'recovery-codes-made')).status).toBe(204)
    expect((await thief.send('/account/api/me')).said).toBe('401 unauthenticated')
    const again = new Page()
    expect(await again.signIn(username, (at) => again.send(`${at}/recovery`, { code: codes[0] }))).toBe(
      '403 wrong-passcode',
    )
    const bea = await programOf(house.server, 'help-desk', 90)
    const { reports } = (await bea.call<ReportList>('GET', '/reports')).body
    const mine = reports.find(({ user }) => user.username === username)
    expect((await bea.call<ReportShown>('GET', `/reports/${mine?.id}`)).body.ended).toEqual({
      temporaryPasscodes: 0,
      recoveryCodes: 10,
    })
  })

  /** Somebody who approved an intruder's sign-in, and the intruder at the page. */
  async function mistaken() {
    const { username, device } = await someone()
    const thief = new Page()
    const shown = { id: '' }
    return { username, device, thief, shown, enters: () => thief.signIn(username, byPush(thief, device, shown)) }
  }
  type Mistaken = Awaited<ReturnType<typeof mistaken>>
  const idOf = async (username: string) => (await findUser(house.server.running.parts.store.read, username))?.id
  const helpDesk = async (path: string) => {
    const bea = await programOf(house.server, 'administrator')
    expect((await bea.call('POST', path, { reason: 'an intruder' })).status).toBeLessThan(300)
  }
  const ENDS: [string, (who: Mistaken) => Promise<unknown>][] = [
    ['‘It wasn’t me!’ about it', ({ device, shown }) => device.decide(shown as never, 'report')],
    ['End sign-ins', async ({ username }) => helpDesk(`/users/${await idOf(username)}/sessions/revoke`)],
    [
      'a suspension, lifted again',
      async ({ username }) => {
        for (const act of ['suspend', 'resume']) await helpDesk(`/users/${await idOf(username)}/${act}`)
      },
    ],
  ]

  it.each(ENDS)('who was let in by mistake comes back by nothing that they made there: %s', async (_name, end) => {
    const who = await mistaken()
    const { username, device, thief } = who
    expect(await who.enters()).toBe('200')
    const { codes } = (await thief.send('/account/api/codes', {})).body as NewCodes
    await thief.send('/account/api/addresses', { addresses: ['thief@evil.example'] }, { method: 'PUT' })
    await house.clock.advance(60_000)
    await end(who)
    expect((await thief.send('/account/api/me')).said).toBe('401 unauthenticated')
    const again = new Page()
    const recover = (at: string) => again.send(`${at}/recovery`, { code: codes[0] })
    expect(await again.signIn(username, recover)).toBe('403 wrong-passcode')
    const { body } = await device.call<{ notices: { kind: string }[] }>('GET', '/device/v1/notices')
    const told = body.notices.map(({ kind }) => kind)
    expect(told).toContain('recovery-codes-ended')
    // By the intruder, and then back.
    expect(told.filter((kind) => kind === 'addresses-changed')).toHaveLength(2)
    await house.clock.advance(2 * STEP)
    expect(await again.signIn(username, byPasscode(again, device))).toBe('200')
    expect(await again.get<Account>('/account/api/me')).toMatchObject({ addresses: [], codes: { left: 0 } })
  })

  it('what a person had before the sign-in that they report stays theirs', async () => {
    const who = await mistaken()
    const { username, device } = who
    const own = new Page()
    expect(await own.signIn(username, byPasscode(own, device))).toBe('200')
    const { codes } = (await own.send('/account/api/codes', {})).body as NewCodes
    await own.send('/account/api/addresses', { addresses: ['own@example.org'] }, { method: 'PUT' })
    await house.clock.advance(60_000)
    expect(await who.enters()).toBe('200')
    await device.decide(who.shown as never, 'report')
    expect(await own.get<Account>('/account/api/me')).toMatchObject({
      addresses: [{ address: 'own@example.org' }],
      codes: { left: 10 },
    })
    const again = new Page()
    expect(await again.signIn(username, (at) => again.send(`${at}/recovery`, { code: codes[0] }))).toBe('200')
  })

  it('whose session ends while they make codes, or change or confirm addresses, has done nothing', async () => {
    const { username, page } = await signedIn()
    const { parts } = house.server.running
    const user = await idOf(username)
    if (!user) throw new Error('nobody')
    const ended = (tx: Parameters<typeof holdSession>[0]) => holdSession(tx, { id: 'ended meanwhile' })
    await expect(makeRecoveryCodes(parts, user, ended)).rejects.toThrow('Credentials are missing')
    const change = { typed: ['thief@evil.example'], held: ended }
    await expect(changeAddresses(parts, user, change)).rejects.toThrow('Credentials are missing')
    const code = { address: 'thief@evil.example', code: '00000000', held: ended }
    await expect(confirmAddress(parts, user, code)).rejects.toThrow('Credentials are missing')
    expect(await page.get<Account>('/account/api/me')).toMatchObject({ addresses: [], codes: { left: 0 } })
  })

  it.each(MEASURES)('nobody comes to it by a sign-in that was ended: %s', async (_name, take) => {
    const { username, device } = await someone()
    const thief = new Page()
    const { body } = await thief.send('/account/api/begin', {})
    const at = `${String(body.continueTo)}/api`
    await thief.send(`${at}/password`, { username, password: PASSWORD })
    const { continueTo } = (await byPasscode(thief, device)(at)).body
    await take(house.server, { username, device })
    await thief.browser.visit(String(continueTo), `${origin}/account`)
    expect((await thief.send('/account/api/me')).said).toBe('401 unauthenticated')
  })

  it('two addresses are kept for notices, each once a code that went there was typed', async () => {
    const { page } = await signedIn()
    const put = (...addresses: string[]) => page.send('/account/api/addresses', { addresses }, { method: 'PUT' })
    expect((await put('a@example.org', 'b@example.org', 'c@example.org')).said).toBe('422 invalid')
    expect((await put('no address')).said).toBe('422 invalid')
    expect((await put('a@example.org', 'b@example.org')).said).toBe('204')
    const addresses = async () => (await page.get<Account>('/account/api/me')).addresses
    const waiting = (address: string) => ({ address, confirmed: false })
    expect(await addresses()).toEqual([waiting('a@example.org'), waiting('b@example.org')])

    // Until the code that went there was typed, nothing else is written there.
    const mails = async (to: string) => {
      const rows = await house.server.store.read.selectFrom('mails').selectAll().where('recipient', '=', to).execute()
      const { sealer } = house.server.running.parts
      const open = ({ id, sealed_values }: (typeof rows)[number]) =>
        JSON.parse(sealer.openText(sealed_values ?? '', valuesCell(id))) as { code: string }
      return rows.map((row) => [row.template, open(row).code] as const)
    }
    const [[template, first] = []] = await mails('a@example.org')
    expect([template, first]).toEqual(['address-code', expect.stringMatching(/^[0-9a-z]{4}-[0-9a-z]{4}$/)])
    const confirm = (address: string, code: string) => page.send('/account/api/addresses/confirm', { address, code })
    expect((await confirm('b@example.org', first ?? '')).said).toBe('422 invalid')
    expect((await page.send('/account/api/addresses/code', { address: 'a@example.org' })).said).toBe('204')
    expect((await page.send('/account/api/addresses/code', { address: 'c@example.org' })).said).toBe('422 invalid')
    expect((await confirm('a@example.org', first ?? '')).said).toBe('422 invalid')
    const second = (await mails('a@example.org')).map(([, code]) => code).find((code) => code !== first) ?? ''
    expect((await confirm('a@example.org', second.toUpperCase().replace('-', ' '))).said).toBe('204')
    expect((await confirm('a@example.org', second)).said).toBe('422 invalid')
    expect(await addresses()).toEqual([{ address: 'a@example.org', confirmed: true }, waiting('b@example.org')])

    // What is kept stays as it was; what is new waits; the confirmed one hears of the change.
    expect((await put('d@example.org', 'a@example.org')).said).toBe('204')
    expect(await addresses()).toEqual([waiting('d@example.org'), { address: 'a@example.org', confirmed: true }])
    expect((await mails('a@example.org')).map(([name]) => name)).toContain('account-changed')
    expect((await mails('d@example.org')).map(([name]) => name)).toEqual(['address-code'])
    for (let n = 0; n < 5; n++) await put(`n${n}@example.org`, 'a@example.org')
    expect((await put('one@example.org', 'more@example.org')).said).toBe('429 too-many-requests')
  })
})
