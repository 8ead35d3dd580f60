// §5: what people are told about their account, and 'It wasn't me!'.
import { beforeAll, describe, expect, it } from 'vitest'
import type { DeviceId } from '../../protocol/ids.ts'
import type { ReportList } from '../../protocol/operator-api/reports.ts'
import type { UserList } from '../../protocol/operator-api/users.ts'
import { ENGINES } from '../support/engines.ts'
import { type Json, said } from '../support/wire-call.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'
import { pushHouse } from '../support/wire-pushes.ts'

const HOUR = 3_600_000
type Told = Json & { id: string; kind: string; device: { id: string; name: string } | null; reportedAt: string | null }

describe.each(ENGINES)('notices on %s', (engine) => {
  const pushes = pushHouse(engine)
  const { house } = pushes
  let operator: WireProgram
  beforeAll(async () => {
    operator = await programOf(house.server, 'owner')
  })

  const told = async (device: WireDevice) =>
    (await device.call<{ notices: Told[] }>('GET', '/device/v1/notices')).body.notices
  const kinds = async (device: WireDevice) => (await told(device)).map(({ kind }) => kind)
  const report = (device: WireDevice, id = '') => device.call('POST', `/device/v1/notices/${id}/report`, { body: {} })
  const added = async (device: WireDevice) => (await told(device)).find(({ kind }) => kind === 'device-added')?.id
  const idOf = async (username: string) =>
    (await operator.call<UserList>('GET', `/users?search=${username}`)).body.users[0]?.id ?? ''

  it('a device that is added is told to the others, by push and in the list, and not to itself', async () => {
    const of = await pushes.subscribed()
    const other = await house.server.device(of.username)
    const { message, text } = await pushes.notice(of)
    const [notice] = await told(of.device)
    expect(notice).toEqual({
      id: expect.stringMatching(/^ntc_[0-9a-hjkmnp-tv-z]{26}$/),
      kind: 'device-added',
      username: of.username,
      at: new Date(house.clock.now()).toISOString(),
      device: { id: other.id, name: 'Phone (2)' },
      reportableUntil: new Date(house.clock.now() + 24 * HOUR).toISOString(),
      reportedAt: null,
    })
    expect(text).toMatchObject({
      app_badge: 0,
      notification: {
        title: `Phone (2) was added for ${of.username}`,
        navigate: `${house.server.appWire.origin}/devices`,
        tag: notice?.id,
        data: { v: 1, kind: 'notice', id: notice?.id },
      },
    })
    expect(text.countersign).toEqual({ v: 1, kind: 'notice', notice })
    expect(message).toMatchObject({ ttl: 24 * 3600, urgency: 'high' })
    expect(await told(other)).toEqual([])
  })

  it('‘It wasn’t me!’ takes the added device away, ends what asks, and stands in the operators’ inbox', async () => {
    const { username, device } = await house.person()
    const stranger = await house.server.device(username)
    const { created } = await house.ask({ username, device })
    const id = await added(device)
    expect(said(await report(device, id))).toBe('204')
    expect(said(await stranger.call('GET', '/device/v1/tokens'))).toBe('401 unknown-device')
    expect((await house.application.read(created.id)).body.state).toBe('cancelled')
    const now = new Date(house.clock.now()).toISOString()
    expect((await told(device)).sort((a, b) => a.kind.localeCompare(b.kind))).toMatchObject([
      { kind: 'device-added', reportedAt: now },
      { kind: 'device-removed', device: { id: stranger.id }, reportedAt: null },
    ])
    const inbox = async () =>
      (await operator.call<ReportList>('GET', '/reports')).body.reports.filter(({ user }) => user.username === username)
    expect(await inbox()).toMatchObject([{ application: null, notice: { kind: 'device-added', device: 'Phone (2)' } }])
    const [{ id: reported } = { id: '' }] = await inbox()
    expect((await operator.call('GET', `/reports/${reported}`)).body).toMatchObject({
      request: null,
      devices: [{ id: device.id }],
    })
    const events = await house.server.store.read.selectFrom('security_events').selectAll().execute()
    expect(events.find(({ kind, detail }) => kind === 'report' && detail.includes(id ?? '?'))).toBeDefined()
    expect(said(await report(device, id))).toBe('204')
    expect(await inbox()).toHaveLength(1)
  })

  const subscribed = (device: string) =>
    house.server.store.read
      .selectFrom('subscriptions')
      .select('endpoint')
      .where('device_id', '=', device as DeviceId)
      .execute()

  it('a device that is taken away is told so by its last push, and then forgotten', async () => {
    const of = await pushes.subscribed()
    const { username, device } = of
    const spare = await house.server.device(username)
    await pushes.notice(of)
    expect(said(await operator.call('POST', `/devices/${device.id}/remove`, { reason: 'lost' }))).toBe('204')
    expect(said(await device.call('GET', '/device/v1/tokens'))).toBe('401 unknown-device')
    const { text } = await pushes.notice(of)
    const at = new Date(house.clock.now()).toISOString()
    expect(text.countersign.notice).toMatchObject({
      kind: 'device-removed',
      device: { id: device.id },
      at,
      reportableUntil: at,
    })
    expect(text.notification).toMatchObject({
      title: `Phone was removed for ${username}`,
      body: 'Not you? Tell your organisation: this device can’t do it any more.',
    })
    await expect.poll(() => subscribed(device.id)).toEqual([])
    expect((await told(spare)).find(({ kind }) => kind === 'device-removed')?.reportableUntil).not.toBe(at)
  })

  it('a device that others use too is told that it is no longer somebody’s, and goes on being told the others’', async () => {
    const of = await pushes.subscribed()
    const leaving = await house.server.user()
    await of.device.enrol(await house.server.code(leaving))
    const { body } = await operator.call<{ tokens: { id: string }[] }>('GET', `/users/${await idOf(leaving)}/tokens`)
    await operator.call('POST', `/tokens/${body.tokens[0]?.id}/revoke`, { reason: 'they left' })
    expect((await pushes.notice(of)).text.notification.title).toBe(`Phone was removed for ${leaving}`)
    await house.server.device(of.username)
    expect((await pushes.notice(of)).text.notification.title).toBe(`Phone (2) was added for ${of.username}`)
    expect(await subscribed(of.device.id)).toHaveLength(1)
  })

  it('it is taken from no device but those that were told', async () => {
    const { username, device } = await house.person()
    const stranger = await house.server.device(username)
    const id = await added(device)
    const late = await house.server.device(username)
    const other = await house.person()
    for (const one of [stranger, late, other.device]) expect(said(await report(one, id))).toBe('404 unknown-notice')
    expect(said(await report(device, 'ntc_nonsense'))).toBe('404 unknown-notice')
    expect(said(await stranger.call('GET', '/device/v1/tokens'))).toBe('200')
  })

  it('a device whose token is suspended hears of itself alone, and reports nothing', async () => {
    const { username, device: stolen } = await house.person()
    await house.server.device(username)
    await operator.call('POST', `/tokens/${stolen.token.id}/suspend`, { reason: 'the phone was stolen' })
    const fresh = await house.server.device(username)
    const { body } = await stolen.call<{ notices: (Json & { id: string })[] }>('GET', '/device/v1/notices')
    expect(body.notices.map(({ kind }) => kind)).toEqual(['token-suspended'])
    expect(said(await report(stolen, body.notices[0]?.id ?? ''))).toBe('403 token-inactive')
    const rows = await house.server.store.read
      .selectFrom('notices')
      .select('id')
      .where('device_id', '=', fresh.id as DeviceId)
      .execute()
    for (const { id } of rows) expect(said(await report(stolen, id))).toBe('404 unknown-notice')
    expect((await stolen.call('GET', '/device/v1/devices')).body).toEqual({ devices: [] })
    expect(said(await fresh.call('GET', '/device/v1/tokens'))).toBe('200')
    await operator.call('POST', `/tokens/${stolen.token.id}/resume`, { reason: 'it was found' })
    expect(await kinds(stolen)).toEqual(expect.arrayContaining(['token-resumed', 'device-added']))
  })

  it('a device that others use too loses only what was added to it', async () => {
    const { username, device } = await house.person()
    const shared = await house.person()
    await shared.device.enrol(await house.server.code(username))
    await report(device, await added(device))
    const { body } = await shared.device.call<{ tokens: Json[] }>('GET', '/device/v1/tokens')
    expect(body.tokens).toMatchObject([{ state: 'active' }, { username, state: 'revoked' }])
  })

  it('what operators do, and what locks, is told', async () => {
    const { username, device } = await house.person()
    const lost = await house.server.device(username)
    const user = await idOf(username)
    const does = (method: 'POST', path: string, body: Json = { reason: 'asked for' }) =>
      operator.call(method, path, body)
    await does('POST', `/devices/${lost.id}/remove`)
    await does('POST', `/tokens/${device.token.id}/suspend`)
    await does('POST', `/tokens/${device.token.id}/resume`)
    await does('POST', `/users/${user}/push/pause`, { minutes: 5, reason: 'an attack' })
    await does('POST', `/users/${user}/push/resume`)
    await does('POST', `/users/${user}/suspend`)
    await does('POST', `/users/${user}/resume`)
    for (let n = 0; n < 10; n++) await house.application.verify(username, '000000')
    expect(await kinds(device)).toEqual(
      expect.arrayContaining([
        'device-added',
        'device-removed',
        'token-suspended',
        'token-resumed',
        'push-paused',
        'push-resumed',
        'user-suspended',
        'user-resumed',
        'passcodes-locked',
      ]),
    )
  })

  it('a device that goes by itself is told to the others', async () => {
    const { username, device } = await house.person()
    const going = await house.server.device(username)
    await going.call('DELETE', `/device/v1/tokens/${going.token.id}`)
    expect(await kinds(device)).toEqual(expect.arrayContaining(['device-removed']))
  })
})
