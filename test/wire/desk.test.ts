// What a help desk does for somebody on the telephone: all of it is what an attacker would ask it for.
import { beforeAll, describe, expect, it } from 'vitest'
import type { DeviceId, UserId } from '../../protocol/ids.ts'
import type { ReportList } from '../../protocol/operator-api/reports.ts'
import { HELP_RATE } from '../../server/admin/helping.ts'
import { ACCOUNT, HELP_DESK } from '../../server/applications/built-in.ts'
import { deviceName } from '../../server/devices/device-rows.ts'
import { setPassword } from '../../server/directory/set-password.ts'
import { verifyPassword } from '../../server/directory/verify-password.ts'
import { ENGINES } from '../support/engines.ts'
import { limits } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'
import { operatorOf, programOf, type WireProgram } from '../support/wire-operator.ts'
import { expectInvalid } from '../support/wire-problem.ts'

const MINUTE = 60_000
const REASON = { reason: 'Their phone is in a lake' }
type Issued = { id: string; passcode: string; expiresAt: string }
type Asked = { request: string; number: string }
type Standing = {
  pushPausedUntil: string | null
  passcodesLockedUntil: string | null
  wrongPasscodes: number
  lastRequest: { state: string } | null
  temporaryPasscodes: { id: string }[]
}

describe.each(ENGINES)('the help desk on %s', (engine) => {
  const house = wireHouse(engine, { env: limits({ verifiesPerUserAndApplication: { count: 1000 } }) })
  let desk: WireProgram
  let owner: WireProgram
  beforeAll(async () => {
    desk = await programOf(house.server, 'help-desk', 365)
    owner = await programOf(house.server, 'owner', 365)
  })

  const idOf = async (username: string) => {
    const { body } = await owner.call<{ users: { id: string; username: string }[] }>('GET', `/users?search=${username}`)
    return body.users.find((user) => user.username === username)?.id ?? ''
  }
  async function person(policy = {}) {
    const made = await house.person(policy)
    return { ...made, id: await idOf(made.username) }
  }
  const standing = async (id: string) => (await desk.call<Standing>('GET', `/users/${id}/standing`)).body
  const issue = (id: string, more = {}) =>
    desk.call<Issued>('POST', `/users/${id}/temporary-passcodes`, { ...REASON, ...more })
  const verify = async (username: string, passcode: string) => (await house.application.verify(username, passcode)).body
  const entries = async (user: string, kind: string) => {
    const rows = await house.server.store.read
      .selectFrom('audit')
      .select('detail')
      .where('user_id', '=', user as never)
      .where('kind', '=', kind)
      .execute()
    return rows.map(({ detail }) => JSON.parse(detail) as { reason: string; by: { role: string } })
  }
  const WRONG = { valid: false, reason: 'wrong' }

  describe('asks who is on the telephone', () => {
    it('and only whoever types the number that is read out is verified; nobody is signed in', async () => {
      const { id, device } = await person({ numberMatching: false, approval: 'enhanced' })
      const { body: asked } = await desk.call<Asked>('POST', `/users/${id}/verify-caller`, REASON)
      expect(asked.number).toMatch(/^\d{2}$/)
      const answer = async () => (await desk.call('GET', `/callers/${asked.request}`)).body
      expect(await answer()).toMatchObject({ state: 'pending', verified: false })
      const [shown] = await device.requests()
      if (!shown) throw new Error('nothing asks')
      expect(shown).toMatchObject({
        purpose: 'verify-caller',
        application: { name: house.server.running.parts.organisation.name },
        approval: 'standard',
        number: { digits: 2 },
      })
      const other = asked.number === '11' ? '22' : '11'
      expect(said(await device.decide(shown, 'approve', other))).toBe('403 wrong-passcode')
      expect(await answer()).toMatchObject({ state: 'pending', verified: false })
      expect((await device.decide(shown, 'approve', asked.number)).status).toBe(200)
      expect(await answer()).toMatchObject({ state: 'approved', verified: true })
      expect(await entries(id, 'caller-asked')).toMatchObject([{ ...REASON, by: { role: 'help-desk' } }])
    })

    it('and hears of a report as of a denial', async () => {
      const { id, device } = await person()
      const { body: asked } = await desk.call<Asked>('POST', `/users/${id}/verify-caller`, REASON)
      const [shown] = await device.requests()
      if (shown) await device.decide(shown, 'report')
      expect((await desk.call('GET', `/callers/${asked.request}`)).body).toMatchObject({
        state: 'denied',
        reason: 'not_me',
        verified: false,
      })
    })

    it('and hears of a report after the number was typed; it is not called undone, for they were taken for that person', async () => {
      const { id, device } = await person()
      const { body: asked } = await desk.call<Asked>('POST', `/users/${id}/verify-caller`, REASON)
      const [shown] = await device.requests()
      if (!shown) throw new Error('nothing asks')
      await device.decide(shown, 'approve', asked.number)
      const answer = async () => (await desk.call('GET', `/callers/${asked.request}`)).body
      expect(await answer()).toMatchObject({ verified: true, reason: null })
      const reported = await device.decide(shown, 'report')
      expect(reported).toMatchObject({ status: 200, body: { state: 'approved', reason: null } })
      expect(await answer()).toMatchObject({ state: 'approved', verified: false, reason: 'not_me' })
      const { reports } = (await desk.call<ReportList>('GET', '/reports')).body
      expect(reports.filter(({ user }) => user.id === id)).toMatchObject([
        { caller: true, redeemed: true, mistake: true },
      ])
    })

    it('while pushes are paused too, as they are after a report, and with a reason that a device can show', async () => {
      const { id, username, device } = await person()
      const ask = (reason: string) => desk.call<Asked>('POST', `/users/${id}/verify-caller`, { reason })
      const report = await ask('calls about a push')
      const [reported] = await device.requests()
      if (reported) await device.decide(reported, 'report')
      expect(said(await house.application.create(username))).toBe('423 push-paused')
      expect(report.body.request).toBe(reported?.id)
      expect(said(await ask('x'.repeat(201)))).toBe('422 invalid')
      for (const empty of ['....', '\u200b'.repeat(4), 'a b c']) expect(said(await ask(empty))).toBe('422 invalid')
      const why = 'x'.repeat(200)
      const { body: asked } = await ask(why)
      const [shown] = await device.requests()
      if (!shown) throw new Error('nothing asks')
      expect(shown.context).toEqual({ message: why })
      expect((await device.decide(shown, 'approve', asked.number)).status).toBe(200)
      expect((await desk.call('GET', `/callers/${asked.request}`)).body).toMatchObject({ verified: true })
      expect(said(await house.application.create(username))).toBe('423 push-paused')
    })

    it('and counts it among no sign-ins', async () => {
      const { id, device } = await person()
      const counted = async () =>
        (await owner.call<{ now: { requests: number; denied: number } }>('GET', '/overview')).body.now
      const before = await counted()
      await desk.call<Asked>('POST', `/users/${id}/verify-caller`, REASON)
      const [shown] = await device.requests()
      if (shown) await device.decide(shown, 'deny')
      expect(await counted()).toEqual(before)
    })

    it('but reads no sign-in in this way, and its own application is nobody’s', async () => {
      const { created } = await house.asked()
      expect(said(await desk.call('GET', `/callers/${created.id}`))).toBe('404 unknown-request')
      // Nor one to somebody's own account.
      await house.server.store.write((tx) =>
        tx
          .updateTable('login_requests')
          .set({ application_id: ACCOUNT })
          .where('id', '=', created.id as never)
          .execute(),
      )
      expect(said(await desk.call('GET', `/callers/${created.id}`))).toBe('404 unknown-request')
      const { body } = await owner.call<{ applications: { id: string }[] }>('GET', '/applications')
      expect(body.applications.map(({ id }) => id)).not.toContain(HELP_DESK)
    })
  })

  describe('gives a temporary passcode', () => {
    it('that stands in for no device of one’s own: whoever has it and the phone neither adds a device nor removes one', async () => {
      const { id, username, device } = await person()
      const other = await house.server.device(username)
      const { passcode } = (await issue(id, { once: false, minutes: 120 })).body
      const body = { token: device.token.id, passcode }
      expect(said(await device.call('POST', '/device/v1/enrolments', { body }))).toBe('403 wrong-passcode')
      expect(said(await device.call('POST', `/device/v1/devices/${other.id}/remove`, { body }))).toBe(
        '403 wrong-passcode',
      )
    })

    it('good once, told to the person and in the log with its reason, and kept as no plain text', async () => {
      const { id, username, device } = await person()
      const { status, body } = await issue(id)
      expect([status, body.passcode]).toEqual([201, expect.stringMatching(/^\d{8}$/)])
      expect((await standing(id)).temporaryPasscodes.map((one) => one.id)).toEqual([body.id])
      const stored = await house.server.store.read.selectFrom('temporary_passcodes').selectAll().execute()
      expect(JSON.stringify(stored)).not.toContain(body.passcode)
      expect(await verify(username, body.passcode)).toEqual({ valid: true, token: null })
      expect(await verify(username, body.passcode)).toEqual(WRONG)
      const notices = await device.call<{ notices: { kind: string }[] }>('GET', '/device/v1/notices')
      expect(notices.body.notices.map(({ kind }) => kind)).toContain('temporary-passcode')
      expect(await entries(id, 'temporary-passcode-issued')).toMatchObject([{ ...REASON, by: { role: 'help-desk' } }])
    })

    it('of two that type it at once, one is let in', async () => {
      const { id, username } = await person()
      const { passcode } = (await issue(id)).body
      const both = await Promise.all([verify(username, passcode), verify(username, passcode)])
      expect(both.filter(({ valid }) => valid)).toHaveLength(1)
    })

    it('good for hours where that is asked for, and not after', async () => {
      const { id, username } = await person()
      const { passcode } = (await issue(id, { once: false, minutes: 120 })).body
      for (let n = 0; n < 3; n++) expect(await verify(username, passcode)).toEqual({ valid: true, token: null })
      await house.clock.jump(120 * MINUTE)
      expect(await verify(username, passcode)).toEqual(WRONG)
    })

    it('one at a time, whoever gives two at once', async () => {
      const { id } = await person()
      const given = await Promise.all([issue(id), issue(id), issue(id), issue(id)])
      expect(given.map(({ status }) => status)).toEqual([201, 201, 201, 201])
      const open = await house.server.store.read
        .selectFrom('temporary_passcodes')
        .select('id')
        .where('user_id', '=', id as never)
        .where('ended_at', 'is', null)
        .execute()
      expect(open).toHaveLength(1)
    })

    it('that ends the one before, ends when it is withdrawn, and is nobody else’s', async () => {
      const { id, username } = await person()
      const first = (await issue(id)).body
      const second = (await issue(id)).body
      expect(await verify(username, first.passcode)).toEqual(WRONG)
      const other = await person()
      expect(await verify(other.username, second.passcode)).toEqual(WRONG)
      const end = () => desk.call('POST', `/temporary-passcodes/${second.id}/end`, REASON)
      expect((await end()).status).toBe(204)
      expect(said(await end())).toBe('404 unknown-passcode')
      expect(await verify(username, second.passcode)).toEqual(WRONG)
    })

    it('counts as every other when it is wrong: guessing ends in the lock', async () => {
      const { id, username } = await person()
      const { passcode } = (await issue(id)).body
      const other = String((Number(passcode) + 1) % 10 ** 8).padStart(8, '0')
      for (let n = 0; n < 10; n++) expect(await verify(username, other)).toEqual(WRONG)
      expect(await verify(username, passcode)).toEqual({ valid: false, reason: 'locked' })
    })

    it('no longer than the policy says, and none where it says none', async () => {
      const { id } = await person()
      expect(said(await issue(id, { minutes: 25 * 60 }))).toBe('403 refused-by-policy')
      const seen = await owner.call<{ version: number }>('GET', '/policies/organisation')
      const set = (policy: object, version: number) =>
        owner.call<{ version: number }>('PUT', '/policies/organisation', { policy }, { 'if-match': `"${version}"` })
      const none = await set({ temporaryPasscodeHours: 0 }, seen.body.version)
      expect(none.status).toBe(200)
      expect(said(await issue(id))).toBe('403 refused-by-policy')
      await set({}, none.body.version)
      expect((await issue(id)).status).toBe(201)
    })

    it('only by somebody whose passkey was used a moment ago, and for a reason', async () => {
      const { id } = await person()
      const operator = await operatorOf(house.server, 'help-desk')
      const path = `/users/${id}/temporary-passcodes`
      await operator.signIn()
      expect(said(await operator.call('POST', path, {}))).toBe('422 invalid')
      await house.clock.advance(6 * MINUTE)
      expect(said(await operator.call('POST', path, REASON))).toBe('403 fresh-passkey-required')
      await operator.confirm()
      expect((await operator.call('POST', path, REASON)).status).toBe(201)
    })
  })

  describe('moves somebody to a new device', () => {
    type Moved = { enrolment: string; code: string; mailedTo: string | null }
    const move = (id: string, device: string, more = {}) =>
      desk.call<Moved>('POST', `/users/${id}/devices/${device}/move`, { ...REASON, ...more })
    const named = ({ id }: WireDevice) => deviceName(house.server.store.read, id as DeviceId)
    const kindsTold = async (device: WireDevice) => {
      const { body } = await device.call<{ notices: { id: string; kind: string }[] }>('GET', '/device/v1/notices')
      return body.notices
    }

    it('by a link that asks the same; the old one works until the new one does, and the password is as it was', async () => {
      const { id, username, device } = await person({ numberDigits: 3 })
      await setPassword(house.server.running.parts, id as UserId, 'correct horse battery')
      const { status, body } = await move(id, device.id)
      expect([status, body.mailedTo]).toEqual([201, null])
      expect((await kindsTold(device)).map(({ kind }) => kind)).toContain('device-moving')
      expect(await entries(id, 'enrolment-created')).toEqual(
        expect.arrayContaining([expect.objectContaining({ ...REASON, moves: device.id, numberDigits: 3 })]),
      )
      const { body: links } = await desk.call('GET', `/enrolments?user=${id}`)
      // Both were made in one moment of this clock: either may stand first.
      const made = expect.objectContaining({ state: 'open', replaces: expect.objectContaining({ id: device.id }) })
      expect(links).toMatchObject({
        enrolments: expect.arrayContaining([made, expect.objectContaining({ state: 'used' })]),
      })
      await house.clock.advance(MINUTE)
      expect(await verify(username, device.passcode())).toMatchObject({ valid: true })
      const phone = await house.server.newDevice().enrol(body.code)
      expect(said(await device.call('GET', '/device/v1/tokens'))).toBe('401 unknown-device')
      expect((await kindsTold(phone)).map(({ kind }) => kind)).toEqual(['device-removed'])
      await house.clock.advance(MINUTE)
      expect(await verify(username, phone.passcode())).toMatchObject({ valid: true })
      const row = await verifyPassword(house.server.running.parts, username, 'correct horse battery')
      expect(row?.id).toBe(id)
    })

    it('onto one that keeps the name it has in common with the old one', async () => {
      const { id, device } = await person()
      const phone = await house.server.newDevice().enrol((await move(id, device.id)).body.code)
      expect(await named(phone)).toBe(await named(device))
    })

    it('where one device is all that somebody may have, and onto the very same one', async () => {
      const { id, device } = await person()
      const { enrolment } = (await move(id, device.id)).body
      const again = (await move(id, device.id)).body
      const { body: links } = await desk.call<{ enrolments: { id: string; state: string }[] }>(
        'GET',
        `/enrolments?user=${id}`,
      )
      expect(links.enrolments.find((link) => link.id === enrolment)?.state).toBe('withdrawn')
      const before = device.token.id
      await device.enrol(again.code)
      const { body } = await device.call<{ tokens: { id: string; state: string }[] }>('GET', '/device/v1/tokens')
      expect(new Map(body.tokens.map((token) => [token.id, token.state]))).toEqual(
        new Map([
          [before, 'revoked'],
          [device.token.id, 'active'],
        ]),
      )
      const seen = await owner.call<{ version: number }>('GET', '/policies/organisation')
      const set = (policy: object, version: number) =>
        owner.call<{ version: number }>('PUT', '/policies/organisation', { policy }, { 'if-match': `"${version}"` })
      const one = await set({ devices: 1 }, seen.body.version)
      const { code } = (await move(id, device.id)).body
      const phone = await house.server.newDevice().enrol(code)
      expect((await phone.call('GET', '/device/v1/tokens')).status).toBe(200)
      // One that somebody has to confirm can't stand in yet: nobody is locked out meanwhile.
      const confirmed = await set({ activationConfirmed: true }, one.body.version)
      const waiting = await house.server.newDevice().enrol((await move(id, phone.id)).body.code)
      expect((await phone.call('GET', '/device/v1/tokens')).status).toBe(200)
      const name = await named(phone)
      expect(await named(waiting)).toBe(`${name} (2)`)
      expect((await desk.call('POST', `/tokens/${waiting.token.id}/resume`, REASON)).status).toBe(204)
      expect(said(await phone.call('GET', '/device/v1/tokens'))).toBe('401 unknown-device')
      expect(await named(waiting)).toBe(name)
      await set({}, confirmed.body.version)
    })

    it('not where the person says that it was not them: the link is worthless, and their device stays', async () => {
      const { id, device } = await person()
      const { code } = (await move(id, device.id)).body
      const notice = (await kindsTold(device)).find(({ kind }) => kind === 'device-moving')
      expect((await device.call('POST', `/device/v1/notices/${notice?.id}/report`, { body: {} })).status).toBe(204)
      expect(said(await house.server.newDevice().open(code))).toBe('404 unknown-code')
      expect((await device.call('GET', '/device/v1/tokens')).status).toBe(200)
    })

    it('nor from a device that is not theirs, nor without a reason, nor by mail where there is none', async () => {
      const { id, device } = await person()
      const other = await person()
      expect(said(await move(id, other.device.id))).toBe('404 unknown-token')
      for (const reason of ['', 'x', ' ok  ']) expectInvalid(await move(id, device.id, { reason }), '/reason')
      expect(said(await move(id, device.id, { delivery: 'mail' }))).toBe('409 mail-not-set-up')
    })
  })

  describe('makes a link', () => {
    type Made = { enrolment: string; code: string }
    const make = (user: string, by: Pick<WireProgram, 'call'> = desk) =>
      by.call<Made>('POST', '/enrolments', { user, ...REASON })
    const noticed = async (device: WireDevice, kind: string) => {
      const { body } = await device.call<{ notices: { id: string; kind: string }[] }>('GET', '/device/v1/notices')
      return body.notices.find((one) => one.kind === kind)?.id
    }

    it('of which the person hears, and which is worthless when they say that it was not them', async () => {
      const { id, device } = await person()
      const { code } = (await make(id)).body
      const notice = await noticed(device, 'link-made')
      expect((await device.call('POST', `/device/v1/notices/${notice}/report`, { body: {} })).status).toBe(204)
      expect(said(await house.server.newDevice().open(code))).toBe('404 unknown-code')
      expect((await device.call('GET', '/device/v1/tokens')).status).toBe(200)
    })

    it('only with a passkey that was used a moment ago, as it confirms a device that waits', async () => {
      const { id, device } = await person()
      const operator = await operatorOf(house.server, 'help-desk')
      await operator.signIn()
      await house.clock.advance(6 * MINUTE)
      const confirm = () => operator.call('POST', `/tokens/${device.token.id}/resume`, REASON)
      expect(said(await make(id, operator))).toBe('403 fresh-passkey-required')
      expect(said(await confirm())).toBe('403 fresh-passkey-required')
      // What only keeps out is quick.
      expect(said(await operator.call('POST', `/tokens/${device.token.id}/suspend`, REASON))).toBe('204')
      await operator.confirm()
      expect([said(await make(id, operator)), said(await confirm())]).toEqual(['201', '204'])
    })
  })

  it('lifts a lock, and says so to the person', async () => {
    const { id, username, device } = await person()
    for (let n = 0; n < 10; n++) await verify(username, '1')
    expect(await standing(id)).toMatchObject({ passcodesLockedUntil: expect.any(String), wrongPasscodes: 10 })
    expect((await desk.call('POST', `/users/${id}/passcodes/unlock`, REASON)).status).toBe(204)
    expect(await standing(id)).toMatchObject({ passcodesLockedUntil: null, wrongPasscodes: 0 })
    await house.clock.advance(MINUTE)
    expect(await verify(username, device.passcode())).toMatchObject({ valid: true })
    expect(await entries(id, 'passcodes-unlocked')).toMatchObject([REASON])
  })

  it('sees the pause of whoever reported, and lifts it', async () => {
    const { id, device, username } = await person()
    const { id: request } = await house.application.ask(username)
    const [shown] = await device.requests()
    if (shown) await device.decide(shown, 'report')
    expect(await standing(id)).toMatchObject({
      pushPausedUntil: expect.any(String),
      lastRequest: { id: request, state: 'denied' },
    })
    expect((await desk.call('POST', `/users/${id}/push/resume`, REASON)).status).toBe(200)
    expect((await standing(id)).pushPausedUntil).toBeNull()
  })

  it('may do so much an hour and no more; those above it are not counted', async () => {
    const tired = await programOf(house.server, 'help-desk', 365)
    const { id } = await person()
    const unlock = (by: WireProgram) => by.call('POST', `/users/${id}/passcodes/unlock`, REASON)
    for (let n = 0; n < HELP_RATE.count; n++) expect((await unlock(tired)).status).toBe(204)
    const refused = await unlock(tired)
    expect([said(refused), refused.headers['retry-after']]).toEqual(['429 too-many-requests', expect.any(String)])
    // A link is a link, whether it is made or sent once more.
    const link = 'enr_00000000000000000000000000'
    expect(said(await tired.call('POST', `/enrolments/${link}/resend`, REASON))).toBe('429 too-many-requests')
    expect(said(await owner.call('POST', `/enrolments/${link}/resend`, REASON))).toBe('404 unknown-enrolment')
    expect((await unlock(owner)).status).toBe(204)
    await house.clock.advance(60 * MINUTE)
    expect((await unlock(tired)).status).toBe(204)
  })
})
