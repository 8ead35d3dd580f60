// §5: a person's devices from one of them: the list, a further one, and one that goes.
import { describe, expect, it } from 'vitest'
import type { UserId } from '../../protocol/ids.ts'
import { NOTICE_WINDOW_MS } from '../../protocol/notices.ts'
import { ENGINES } from '../support/engines.ts'
import { type Json, said } from '../support/wire-call.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'
import { expectInvalid } from '../support/wire-problem.ts'

type Link = { activationUrl: string; code: string; expiresAt: string }
type Own = Json & { id: string; current: boolean }
const NO_TOKEN = `tok_${'0'.repeat(26)}`
const STEP = 30_000

describe.each(ENGINES)('a person’s devices on %s', (engine) => {
  const house = wireHouse(engine)
  /** Enrolling has spent the passcode of this moment. */
  const someone = async (policy = {}) => {
    const person = await house.person(policy)
    await house.clock.advance(2 * STEP)
    return person
  }
  const fresh = (device: WireDevice) => ({ token: device.token.id, passcode: device.passcode() })
  const add = (device: WireDevice, sent: Json = fresh(device)) =>
    device.call<Link>('POST', '/device/v1/enrolments', { body: sent })
  const list = async (device: WireDevice) =>
    (await device.call<{ devices: Own[] }>('GET', '/device/v1/devices')).body.devices
  const remove = (device: WireDevice, id: string, sent: Json = fresh(device)) =>
    device.call('POST', `/device/v1/devices/${id}/remove`, { body: sent })

  it('a further device asks for what the first one asks for, and its link is good for ten minutes', async () => {
    const { username, device } = await someone({ numberDigits: 3 })
    const { body, status } = await add(device)
    expect([status, Object.keys(body).sort()]).toEqual([201, ['activationUrl', 'code', 'expiresAt']])
    expect(body.activationUrl).toBe(`${house.server.appWire.origin}/enrol#${body.code}`)
    expect(Date.parse(body.expiresAt) - house.clock.now()).toBe(600_000)
    const other = await house.server.newDevice().enrol(body.code)
    expect(await list(device)).toEqual([
      {
        id: device.id,
        name: 'Phone',
        platform: 'Android',
        current: true,
        username,
        addedAt: expect.any(String),
        lastUsedAt: new Date(house.clock.now()).toISOString(),
        suspended: false,
      },
      expect.objectContaining({ id: other.id, current: false, username, lastUsedAt: null }),
    ])
    const { body: tokens } = await other.call<{ tokens: Json[] }>('GET', '/device/v1/tokens')
    expect(tokens.tokens).toMatchObject([{ numberDigits: 3, username }])
  })

  it('a passcode adds one device, however often it is sent', async () => {
    const { username, device } = await someone()
    const sent = fresh(device)
    const answers = await Promise.all([1, 2, 3, 4].map(() => add(device, sent).then(said)))
    expect(answers.sort()).toEqual(['201', ...Array(3).fill('403 wrong-passcode')])
    const made = await house.server.store.read
      .selectFrom('enrolments')
      .innerJoin('users', 'users.id', 'enrolments.user_id')
      .select('enrolments.id')
      .where('users.username', '=', username)
      .execute()
    expect(made).toHaveLength(2)
  })

  it('a wrong passcode adds nothing and counts until passcodes are locked', async () => {
    const { username, device } = await someone()
    const wrong = { token: device.token.id, passcode: device.passcode() === '000000' ? '000001' : '000000' }
    for (let n = 0; n < 10; n++) expect(said(await add(device, wrong))).toBe('403 wrong-passcode')
    expect(said(await add(device))).toBe('423 passcodes-locked')
    expect((await house.application.verify(username, device.passcode())).body).toMatchObject({ reason: 'locked' })
  })

  it('only a token of that very device will do', async () => {
    const { device } = await someone()
    const other = await someone()
    expect(said(await add(device, fresh(other.device)))).toBe('404 unknown-token')
    expect(said(await add(device, { ...fresh(device), token: NO_TOKEN }))).toBe('404 unknown-token')
    expectInvalid(await add(device, { token: device.token.id, passcode: '12' }), '/passcode')
    expect(said(await remove(device, other.device.id))).toBe('404 unknown-token')
    expect(said(await remove(device, 'dev_nonsense'))).toBe('404 unknown-token')
    expect(said(await other.device.call('GET', '/device/v1/tokens'))).toBe('200')
  })

  it('a token that is suspended, or gone from a device that stays, will not do', async () => {
    const { device } = await someone()
    const set = (state: 'suspended' | 'revoked') =>
      house.server.store.write((tx) =>
        tx
          .updateTable('tokens')
          .set({ state })
          .where('id', '=', device.token.id as never)
          .execute(),
      )
    await set('suspended')
    expect(said(await add(device))).toBe('403 token-inactive')
    await set('revoked')
    expect(said(await add(device))).toBe('404 unknown-token')
  })

  it('what was added within a day takes away none that was told of it, then any', async () => {
    const { device: old } = await someone()
    const added = await house.server.newDevice().enrol((await add(old)).body.code)
    await house.clock.jump(NOTICE_WINDOW_MS - 1)
    const sent = fresh(added)
    expect(said(await remove(added, old.id, sent))).toBe('409 added-too-recently')
    expect((await list(added)).map(({ id }) => id)).toEqual([added.id, old.id])
    // Refused before it was spent.
    const younger = await house.server.newDevice().enrol((await add(added, sent)).body.code)
    await house.clock.jump(2 * STEP)
    expect(said(await remove(younger, added.id))).toBe('409 added-too-recently')
    expect(said(await remove(added, younger.id))).toBe('204')
    await house.clock.jump(STEP)
    expect(said(await remove(added, old.id))).toBe('204')
    expect(said(await old.call('GET', '/device/v1/tokens'))).toBe('401 unknown-device')
  })

  it('a device of this day can leave, and the one who was told of it can report it all that day', async () => {
    const { device: old } = await someone()
    const added = await house.server.newDevice().enrol((await add(old)).body.code)
    await house.clock.jump(2 * STEP)
    expect(said(await remove(added, old.id))).toBe('409 added-too-recently')
    const { body } = await old.call<{ notices: Json[] }>('GET', '/device/v1/notices')
    const told = body.notices.find(({ kind }) => kind === 'device-added')
    expect(said(await old.call('POST', `/device/v1/notices/${told?.id}/report`, { body: {} }))).toBe('204')
    expect(said(await added.call('GET', '/device/v1/tokens'))).toBe('401 unknown-device')
    const another = await house.server.newDevice().enrol((await add(old)).body.code)
    await house.clock.jump(2 * STEP)
    expect(said(await remove(another, another.id))).toBe('204')
    expect(await list(old)).toMatchObject([{ current: true }])
  })

  it('one that goes is gone at once, and a refused removal spends no passcode', async () => {
    const { username, device } = await someone()
    const lost = await house.server.device(username)
    expect(said(await remove(device, lost.id, { token: device.token.id, passcode: '000000' }))).toMatch(
      /wrong-passcode/,
    )
    expect(said(await remove(device, `dev_${'0'.repeat(26)}`))).toBe('404 unknown-token')
    const { id } = await house.application.ask(username)
    expect(said(await remove(device, lost.id))).toBe('204')
    expect((await house.application.read(id)).body).toMatchObject({ state: 'cancelled' })
    expect(said(await lost.call('GET', '/device/v1/tokens'))).toBe('401 unknown-device')
    expect(await list(device)).toMatchObject([{ current: true }])
  })

  describe('a link that somebody else made with it', () => {
    const ended = async (by: (who: { user: string; device: WireDevice; admin: WireProgram }) => Promise<unknown>) => {
      const { username, device } = await someone()
      const admin = await programOf(house.server, 'administrator')
      const { code } = (await add(device)).body
      const own = (await admin.call<Made>('POST', '/enrolments', { user: await idOf(username), ...REASON })).body.code
      expect(await Promise.all([code, own].map(opens))).toEqual([true, true])
      await by({ user: await idOf(username), device, admin })
      return { device: await opens(code), organisation: await opens(own) }
    }
    const REASON = { reason: 'the phone was stolen' }
    type Made = Json & { code: string }
    const idOf = (username: string) => house.server.idOf(username)
    const opens = async (code: string) => said(await house.server.newDevice().open(code)) === '200'

    it('ends when the device is removed, or its token removed or suspended; what the organisation made stays', async () => {
      const left = { device: false, organisation: true }
      const post = (admin: WireProgram, path: string) =>
        admin.call('POST', path, REASON).then((answer) => expect(answer.status).toBe(204))
      expect(await ended(({ device, admin }) => post(admin, `/devices/${device.id}/remove`))).toEqual(left)
      expect(await ended(({ device, admin }) => post(admin, `/tokens/${device.token.id}/revoke`))).toEqual(left)
      expect(await ended(({ device, admin }) => post(admin, `/tokens/${device.token.id}/suspend`))).toEqual(left)
    })

    it('ends with the sign-ins of the person', async () => {
      const left = await ended(({ user, admin }) => admin.call('POST', `/users/${user}/sessions/revoke`, REASON))
      expect(left).toEqual({ device: false, organisation: true })
    })

    it('ends as all others do when the person is suspended, or says ‘It wasn’t me!’ about anything', async () => {
      const none = { device: false, organisation: false }
      expect(await ended(({ user, admin }) => admin.call('POST', `/users/${user}/suspend`, REASON))).toEqual(none)
      const reported = ended(async ({ user, device }) => {
        const { username } = await house.server.store.read
          .selectFrom('users')
          .select('username')
          .where('id', '=', user as UserId)
          .executeTakeFirstOrThrow()
        const { shown } = await house.ask({ username, device })
        expect(said(await device.decide(shown, 'report'))).toBe('200')
      })
      expect(await reported).toEqual(none)
    })

    it('is told to the person’s other devices, each of which can end it', async () => {
      const { username, device } = await someone()
      const other = await house.server.device(username)
      const told = async (on: WireDevice) =>
        (await on.call<{ notices: { id: string; kind: string }[] }>('GET', '/device/v1/notices')).body.notices
      const { code } = (await add(device)).body
      expect((await told(device)).map(({ kind }) => kind)).not.toContain('link-by-device')
      const [notice] = await told(other)
      expect(notice).toMatchObject({ kind: 'link-by-device', device: { id: device.id, name: 'Phone' } })
      expect(said(await other.call('POST', `/device/v1/notices/${notice?.id}/report`, { body: {} }))).toBe('204')
      expect(await opens(code)).toBe(false)
    })

    it('leads nowhere while its person is suspended, though it was made since', async () => {
      const { username } = await someone()
      const admin = await programOf(house.server, 'administrator')
      const user = await idOf(username)
      await admin.call('POST', `/users/${user}/suspend`, REASON)
      const { code } = (await admin.call<Made>('POST', '/enrolments', { user, ...REASON })).body
      await expect(house.server.newDevice().enrol(code)).rejects.toThrow()
      await admin.call('POST', `/users/${user}/resume`, REASON)
      expect(await opens(code)).toBe(true)
    })
  })
})
