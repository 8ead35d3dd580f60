// /account: what a person can do about their own account, and what nobody else can.
import { describe, expect, it, vi } from 'vitest'
import type { Account, AccountHistory, NewCodes } from '../../protocol/account-api.ts'
import { sealEntries } from '../../server/audit/chain/seal.ts'
import { findUser } from '../../server/directory/rows.ts'
import { valuesCell } from '../../server/mail/outbox.ts'
import { changeThrottle } from '../../server/throttling/change.ts'
import { revokeSessions } from '../../server/watching/measures.ts'
import { type AccountPage, accountHouse, PASSWORD, STEP } from '../support/account-page.ts'
import { ENGINES } from '../support/engines.ts'
import { BY, MEASURES } from '../support/measures.ts'
import type { Json } from '../support/wire-call.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { programOf } from '../support/wire-operator.ts'

describe.each(ENGINES)('the account page on %s', (engine) => {
  const { house, originOf, newPage, someone, signedIn, confirmed, typed, byPasscode } = accountHouse(engine)

  it('is nobody’s before both factors are there', async () => {
    const { username } = await someone()
    const page = newPage()
    expect((await page.send('/account/api/me')).said).toBe('401 unauthenticated')
    const { body } = await page.send('/account/api/begin', {})
    const visit = String(body.continueTo)
    await page.send(`${visit}/api/password`, { username, password: PASSWORD })
    await page.browser.visit(`${originOf()}/account/arrive/${visit.slice('/login/'.length)}`, `${originOf()}/account`)
    expect((await page.send('/account/api/me')).said).toBe('401 unauthenticated')
    const stranger = newPage()
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

  it('ends after an hour, however often it is looked at', async () => {
    const { page } = await signedIn()
    const lookedAt = async () => (await page.send('/account/api/me')).said
    for (let times = 0; times < 4; times++) {
      await house.clock.jump(14 * 60_000)
      expect(await lookedAt()).toBe('200')
    }
    await house.clock.jump(4 * 60_000)
    expect(await lookedAt()).toBe('401 unauthenticated')
  })

  it('a lost device is gone at once, with what it was asked; nobody else’s can be lost', async () => {
    const { username, device, page } = await signedIn()
    const other = await house.person()
    expect((await page.send(`/account/api/devices/${other.device.id}/lost`, {})).said).toBe('404 unknown-token')
    const lost = await house.server.device(username)
    const { created } = await house.ask({ username, device: lost })
    expect((await page.send(`/account/api/devices/${lost.id}/lost`, {})).said).toBe('204')
    expect((await lost.call('GET', '/device/v1/tokens')).status).toBe(401)
    expect((await device.call('GET', '/device/v1/tokens')).status).toBe(200)
    expect((await house.application.read(created.id)).body.state).toBe('cancelled')
    expect((await other.device.call('GET', '/device/v1/tokens')).status).toBe(200)
  })

  const lose = async (at: AccountPage, { id }: WireDevice) =>
    (await at.send(`/account/api/devices/${id}/lost`, {})).said

  it.each([
    ['that has approved', confirmed],
    ['whose passcode was typed at', typed],
  ])('a device %s the sign-in to the page is not lost there; another one is', async (_how, enters) => {
    const { username, device } = await someone()
    const other = await house.server.device(username)
    const [page, elsewhere] = [await enters({ username, device }), await enters({ username, device: other })]
    const shown = async (at: AccountPage) =>
      (await at.get<Account>('/account/api/me')).devices.map(({ id, current }) => `${id} ${current}`).sort()
    expect(await shown(page)).toEqual([`${device.id} true`, `${other.id} false`].sort())
    expect(await lose(page, device)).toBe('409 not-lost')
    expect((await device.call('GET', '/device/v1/tokens')).status).toBe(200)
    expect(await lose(elsewhere, device)).toBe('204')
    expect(await shown(elsewhere)).toEqual([`${other.id} true`])
  })

  it('a recovery code takes away no device that was there before it for a day, however many are made meanwhile', async () => {
    const { username, device } = await someone()
    const page = await confirmed({ username, device })
    const newCodes = async (at: AccountPage) => ((await at.send('/account/api/codes', {})).body as NewCodes).codes
    const byCode = async (code = '') => {
      const at = newPage()
      expect(await at.signIn(username, (login) => at.send(`${login}/recovery`, { code }))).toBe('200')
      return at
    }
    const [first] = await newCodes(page)
    await house.clock.advance(1000)
    const later = await house.server.device(username)
    const intruder = await byCode(first)
    const codes = await newCodes(intruder)
    expect(await lose(intruder, device)).toBe('409 added-too-recently')
    expect(await lose(await byCode(codes[0]), device)).toBe('409 added-too-recently')
    expect(await lose(intruder, later)).toBe('204')
    await house.clock.jump(24 * 3_600_000)
    expect(await lose(await byCode(codes[1]), device)).toBe('204')
  })

  it('a passcode of the help desk takes away no device that was there before it was given, one after it', async () => {
    const { username, device } = await someone()
    const [id, desk] = [await house.server.idOf(username), await programOf(house.server, 'help-desk', 90)]
    const given = { reason: 'a voice on the telephone', minutes: 120, once: false }
    const { body } = await desk.call<{ passcode: string }>('POST', `/users/${id}/temporary-passcodes`, given)
    await house.clock.advance(1000)
    const later = await house.server.device(username)
    const page = newPage()
    expect(await page.signIn(username, (at) => page.send(`${at}/passcode`, { passcode: body.passcode }))).toBe('200')
    expect(await lose(page, device)).toBe('409 added-too-recently')
    expect(await lose(page, later)).toBe('204')
  })

  it('a recovery code signs in once in place of a device; new ones take their place', async () => {
    const { username, device, page } = await signedIn()
    const { codes } = (await page.send('/account/api/codes', {})).body as NewCodes
    expect(codes).toHaveLength(10)
    for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
    const stored = await house.server.store.read.selectFrom('recovery_codes').selectAll().execute()
    expect(JSON.stringify(stored)).not.toContain(codes[0]?.replaceAll('-', ''))
    const by = (at: AccountPage, code = '') => at.signIn(username, (where) => at.send(`${where}/recovery`, { code }))
    const [first, again] = [newPage(), newPage()]
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
    const thief = newPage()
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
    const person = newPage()
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
    const lost = newPage()
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
    const other = newPage()
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

  type Doing = { page: AccountPage; later: WireDevice; history: AccountHistory; asked: string }
  const DOINGS: [string, (doing: Doing) => Promise<{ said: string }>][] = [
    ['say that a device is lost', ({ page, later }) => page.send(`/account/api/devices/${later.id}/lost`, {})],
    [
      'change the password',
      ({ page }) => page.send('/account/api/password', { current: PASSWORD, next: 'a longer one' }),
    ],
    ['make codes', ({ page }) => page.send('/account/api/codes', {})],
    [
      'change addresses',
      ({ page }) => page.send('/account/api/addresses', { addresses: ['thief@evil.example'] }, { method: 'PUT' }),
    ],
    [
      'confirm an address',
      ({ page }) => page.send('/account/api/addresses/confirm', { address: 'thief@evil.example', code: '00000000' }),
    ],
    ['report a request', ({ page, asked }) => page.send(`/account/api/requests/${asked}/report`, {})],
    [
      'report a sign-in',
      ({ page, history }) => page.send(`/account/api/sign-ins/${history.signIns[0]?.id}/report`, {}),
    ],
    [
      'report that a device was added',
      ({ page, history }) => page.send(`/account/api/notices/${history.notices[0]?.id}/report`, {}),
    ],
  ]
  it.each(DOINGS)('whose session ends while they %s has done nothing', async (_what, act) => {
    const { username, device, page } = await signedIn()
    await house.clock.advance(1000)
    const later = await house.server.device(username)
    const { created } = await house.ask({ username, device })
    const { parts } = house.server.running
    await sealEntries(parts)
    const history = await page.get<AccountHistory>('/account/api/history')
    const { store } = parts
    const written = store.write
    const user = await house.server.idOf(username)
    if (!user) throw new Error('nobody')
    const writes = vi.spyOn(store, 'write').mockImplementationOnce(async (work) => {
      await revokeSessions(parts, { id: user, reason: 'a test' }, BY)
      return written(work)
    })
    expect((await act({ page, later, history, asked: created.id })).said).toBe('401 unauthenticated')
    writes.mockRestore()
    const reports = store.read.selectFrom('reports').select('id').where('user_id', '=', user)
    expect(await reports.execute()).toEqual([])
    // The password is the one before, too.
    const own = await confirmed({ username, device })
    const { devices, ...account } = await own.get<Account>('/account/api/me')
    expect(devices.map(({ id }) => id).sort()).toEqual([device.id, later.id].sort())
    expect(account).toMatchObject({ addresses: [], codes: { left: 0 } })
  })

  it.each(MEASURES)('nobody comes to it by a sign-in that was ended: %s', async (_name, take) => {
    const { username, device } = await someone()
    const thief = newPage()
    const { body } = await thief.send('/account/api/begin', {})
    const at = `${String(body.continueTo)}/api`
    await thief.send(`${at}/password`, { username, password: PASSWORD })
    const { continueTo } = (await byPasscode(thief, device)(at)).body
    await take(house.server, { username, device })
    await thief.browser.visit(String(continueTo), `${originOf()}/account`)
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
