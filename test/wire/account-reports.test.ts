// ‘It wasn’t me!’ at /account: what a report ends, who may go on, and what an intruder keeps, which is nothing.
import { describe, expect, it } from 'vitest'
import type { Account, AccountHistory, NewCodes } from '../../protocol/account-api.ts'
import type { ReportList, ReportShown } from '../../protocol/operator-api/reports.ts'
import { sealEntries } from '../../server/audit/chain/seal.ts'
import { type AccountPage, accountHouse, STEP } from '../support/account-page.ts'
import { ENGINES } from '../support/engines.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { programOf } from '../support/wire-operator.ts'

describe.each(ENGINES)('a report at the account page on %s', (engine) => {
  const { house, newPage, someone, signedIn, confirmed, typed, byPasscode, byPush } = accountHouse(engine)

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
      const page = newPage()
      expect(await page.signIn(username, byPasscode(page, device))).toBe('200')
      return page
    }
    const [other, own] = [await open(), await confirmed({ username, device })]
    expect((await own.send(`/account/api/requests/${created.id}/report`, {})).said).toBe('204')
    const pages = [earlier, other, own]
    const said = await Promise.all(pages.map(async (page) => (await page.send('/account/api/me')).said))
    expect(said).toEqual(['200', '401 unauthenticated', '200'])
  })

  it('nor does the page go on where the device that has confirmed it was suspended since', async () => {
    const { username, device } = await someone()
    await house.server.device(username)
    const { created } = await house.ask({ username, device })
    const page = await confirmed({ username, device })
    const bea = await programOf(house.server, 'help-desk', 90)
    const reason = { reason: 'their phone is in other hands' }
    expect((await bea.call('POST', `/tokens/${device.token.id}/suspend`, reason)).status).toBe(204)
    expect((await page.send('/account/api/me')).said).toBe('200')
    expect((await page.send(`/account/api/requests/${created.id}/report`, {})).said).toBe('204')
    expect((await page.send('/account/api/me')).said).toBe('401 unauthenticated')
  })

  /** Who may be at the page when it reports that a device was added. */
  const AT_THE_PAGE: [string, string, (who: { username: string; device: WireDevice }) => Promise<AccountPage>][] = [
    ['200', 'by push, since it was added', confirmed],
    ['401 unauthenticated', 'by a typed passcode', typed],
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

  /** Who may be at the page, and whether a report that they make there takes away the phone that was added a second before. */
  const LET_IN: [string, (who: { username: string; phone: WireDevice; own: AccountPage }) => Promise<AccountPage>][] = [
    ['by its own approval', ({ username, phone }) => confirmed({ username, device: phone })],
    ['by its own passcode, typed', ({ username, phone }) => typed({ username, device: phone })],
    ['by a recovery code that was made after it', async ({ username, own }) => byCode(username, await newCode(own))],
  ]
  const newCode = async (page: AccountPage) => ((await page.send('/account/api/codes', {})).body as NewCodes).codes[0]
  const byCode = async (username: string, code = '') => {
    const page = newPage()
    expect(await page.signIn(username, (at) => page.send(`${at}/recovery`, { code }))).toBe('200')
    return page
  }
  const works = async (device: WireDevice) => (await device.call('GET', '/device/v1/tokens')).status === 200
  it.each(LET_IN)('the new phone stays where it is reported by whoever was let in %s', async (_by, letIn) => {
    const { username, device } = await someone()
    const phone = await house.server.device(username)
    const own = await confirmed({ username, device })
    await house.clock.advance(1000)
    const page = await letIn({ username, phone, own })
    expect(await reportAdded(page, phone)).toBe('204')
    expect(await works(phone)).toBe(true)
    expect((await page.send('/account/api/me')).said).toBe('401 unauthenticated')
    const again = await letIn({ username, phone, own: await confirmed({ username, device }) })
    const shown = async (at: AccountPage) => {
      const { notices } = await at.get<AccountHistory>('/account/api/history')
      const { reportedAt, stays } =
        notices.find((one) => one.device?.id === phone.id && one.kind === 'device-added') ?? {}
      return { isReported: reportedAt !== null, stays }
    }
    expect(await shown(again)).toEqual({ isReported: false, stays: true })
    expect(await reportAdded(await confirmed({ username, device: phone }), phone)).toBe('204')
    // Whoever can take it away is still asked.
    expect(await shown(await confirmed({ username, device }))).toEqual({ isReported: false, stays: false })
    const bea = await programOf(house.server, 'help-desk', 90)
    const told = async () => {
      const { reports } = (await bea.call<ReportList>('GET', '/reports')).body
      return reports.filter(({ user }) => user.username === username).map(({ notice }) => notice)
    }
    const notice = { kind: 'device-added', device: 'Phone (2)' }
    expect(await told()).toEqual([{ ...notice, stays: true }])
    // Or an intruder would report their own first, so that it stays.
    expect((await reportNotice(device, 'device-added')).status).toBe(204)
    expect(await works(phone)).toBe(false)
    expect(await told()).toEqual([1, 2].map(() => ({ ...notice, stays: false })))
  })

  it('what was added on a phone stays where the phone has let in whoever reports it', async () => {
    const { username, device } = await someone()
    await house.server.device(username)
    await house.clock.advance(1000)
    await device.enrol(await house.server.code(username))
    const page = await confirmed({ username, device })
    const { notices } = await page.get<AccountHistory>('/account/api/history')
    const added = notices.find(({ kind }) => kind === 'token-added')
    const tokens = async () =>
      (await device.call<{ tokens: { state: string }[] }>('GET', '/device/v1/tokens')).body.tokens.map(
        ({ state }) => state,
      )
    expect([added?.device?.id, await tokens()]).toEqual([device.id, ['active', 'active']])
    expect((await page.send(`/account/api/notices/${added?.id}/report`, {})).said).toBe('204')
    expect(await tokens()).toEqual(['active', 'active'])
  })

  it('a phone that was added after the recovery code was made goes where it is reported by it', async () => {
    const { username, page } = await signedIn()
    const code = await newCode(page)
    await house.clock.advance(1000)
    const phone = await house.server.device(username)
    expect(await reportAdded(await byCode(username, code), phone)).toBe('204')
    expect(await works(phone)).toBe(false)
  })

  it('a sign-in by a typed code is seen with where and for what, and can be reported by its person only', async () => {
    const { username, device, page } = await signedIn()
    const stranger = await signedIn()
    await house.clock.advance(STEP)
    expect((await house.application.verify(username, device.passcode())).body).toMatchObject({ valid: true })
    const { codes } = (await page.send('/account/api/codes', {})).body as NewCodes
    const thief = newPage()
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
    const report = (who: AccountPage, id = used?.id) => who.send(`/account/api/sign-ins/${id}/report`, {})
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
    const later = newPage()
    await later.signIn(username, byPasscode(later, device))
    expect((await report(later)).said).toBe('409 too-late-to-report')
  })

  const reportAdded = async (page: AccountPage, { id: device }: WireDevice) => {
    const { notices } = await page.get<AccountHistory>('/account/api/history')
    const id = notices.find(({ kind, device: one }) => kind === 'device-added' && one?.id === device)?.id
    return (await page.send(`/account/api/notices/${id}/report`, {})).said
  }

  type Reporting = { username: string; device: WireDevice; page: AccountPage }
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
      const thief = newPage()
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
    const again = newPage()
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
    const thief = newPage()
    const shown = { id: '' }
    return { username, device, thief, shown, enters: () => thief.signIn(username, byPush(thief, device, shown)) }
  }
  type Mistaken = Awaited<ReturnType<typeof mistaken>>
  const helpDesk = async (path: string) => {
    const bea = await programOf(house.server, 'administrator')
    expect((await bea.call('POST', path, { reason: 'an intruder' })).status).toBeLessThan(300)
  }
  const ENDS: [string, (who: Mistaken) => Promise<unknown>][] = [
    ['‘It wasn’t me!’ about it', ({ device, shown }) => device.decide(shown as never, 'report')],
    ['End sign-ins', async ({ username }) => helpDesk(`/users/${await house.server.idOf(username)}/sessions/revoke`)],
    [
      'a suspension, lifted again',
      async ({ username }) => {
        for (const act of ['suspend', 'resume']) await helpDesk(`/users/${await house.server.idOf(username)}/${act}`)
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
    const again = newPage()
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
    const own = newPage()
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
    const again = newPage()
    expect(await again.signIn(username, (at) => again.send(`${at}/recovery`, { code: codes[0] }))).toBe('200')
  })
})
