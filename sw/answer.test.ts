import { expect, test } from 'vitest'
import { rememberRequest, StorageError, takeIntent } from '../client/device/index.ts'
import type { DeviceRequest } from '../protocol/device-api.ts'
import { parseJws } from '../protocol/jws.ts'
import { json, OFFLINE, problem } from '../test/support/device/fake-server.ts'
import { aRequest, requestId } from '../test/support/device/installation.ts'
import { type Around, aWindow, aWorker } from '../test/support/device/worker-around.ts'
import { answer } from './answer.ts'
import { showRequest, showTest } from './tray.ts'

const enhanced = aRequest()
const standard = aRequest({ approval: 'standard', number: { digits: 2 } })
const DECLINED = { state: 'denied', reason: 'declined' }

async function shown(request: DeviceRequest): Promise<Around> {
  const around = await aWorker()
  await rememberRequest(around.device.store, request)
  await showRequest(around.worker.registration, request, { cautious: false })
  return around
}

function press({ worker, tray }: Around, action: string): Promise<void> {
  const [notification] = tray
  if (!notification) throw new Error('nothing is shown')
  return answer(worker, notification as never, action)
}

const decisions = ({ server }: Around) =>
  server.asked.filter(({ path }) => path.endsWith('/decisions')).map(({ body }) => parseJws(body)?.payload)

test('enhanced: Approve decides in the worker and the app never opens', async () => {
  const around = await shown(enhanced)
  around.windows.push(aWindow('/'))
  around.server.answers(json({ state: 'approved', reason: null }))
  const pressed = press(around, 'approve')
  await around.whenShown('Approved')
  await around.clock.advance(4_000)
  await pressed
  expect(around.tray).toEqual([])
  const passcode = expect.stringMatching(/^\d{8}$/)
  expect(decisions(around)).toMatchObject([{ verdict: 'approve', request: enhanced.id, passcode }])
  expect([around.opened, around.windows[0]?.focused]).toEqual([[], false])
})

test('standard: Approve decides nothing; the app opens with the intent in the store, not in the address', async () => {
  const around = await shown(standard)
  await press(around, 'approve')
  expect(decisions(around)).toEqual([])
  expect(around.opened).toEqual([`/requests/${standard.id}`])
  expect(await takeIntent(around.device, standard.id)).toBe(true)
  expect(around.tray).toEqual([])
})

test('a request tampered into an easier one is not approved in the worker', async () => {
  const around = await shown(enhanced)
  const token = await around.store.get('tokens', enhanced.token)
  if (!token) throw new Error('no token')
  const stricter = { ...token, policy: { ...token.policy, approval: 'standard' as const } }
  await around.store.write({ put: 'tokens', key: token.id, value: stricter })
  await press(around, 'approve')
  expect(decisions(around)).toEqual([])
  expect(around.opened).toEqual([`/requests/${enhanced.id}`])
})

test('several pending: Approve opens the request and means no more than that', async () => {
  const around = await shown(enhanced)
  await rememberRequest(around.device.store, aRequest({ id: requestId('1') }))
  await press(around, 'approve')
  expect(decisions(around)).toEqual([])
  expect(around.opened).toEqual([`/requests/${enhanced.id}`])
  expect(await takeIntent(around.device, enhanced.id)).toBe(false)
})

test('where the store can’t be opened, Approve opens the app, which says why', async () => {
  const around = await shown(enhanced)
  const broken = { ...around, worker: { ...around.worker, device: () => Promise.reject(new StorageError('full')) } }
  await press(broken, 'approve')
  expect(around.opened).toEqual([`/requests/${enhanced.id}`])
})

test.each([enhanced, standard])(
  'Deny is decided at once, whatever the request asks for an approval',
  async (request) => {
    const around = await shown(request)
    around.server.answers(json(DECLINED))
    await press(around, 'deny')
    expect(decisions(around)).toMatchObject([{ verdict: 'deny', request: request.id }])
    expect(around.tray).toMatchObject([{ title: 'Denied', body: 'Was this you?', actions: ['report'] }])
    expect(around.opened).toEqual([])
    expect(around.badges.at(-1)).toBe(0)
  },
)

test('after Deny, ‘It wasn’t me!’ reports', async () => {
  const around = await shown(standard)
  around.server.answers(json(DECLINED), json({ state: 'denied', reason: 'not_me' }))
  await press(around, 'deny')
  await press(around, 'report')
  expect(decisions(around).map((payload) => payload?.verdict)).toEqual(['deny', 'report'])
  expect(around.tray).toMatchObject([{ title: 'Reported. This sign-in was stopped.' }])
})

test('a report of what had already gone through says so', async () => {
  const around = await shown(standard)
  around.server.answers(json(DECLINED), json({ state: 'approved', reason: null }))
  await press(around, 'deny')
  await press(around, 'report')
  expect(around.tray).toMatchObject([{ title: 'Reported. A sign-in had already gone through.' }])
})

test('a report of what had ended by itself claims to have stopped nothing', async () => {
  const around = await shown(standard)
  around.server.answers(json(DECLINED), json({ state: 'cancelled', reason: null }))
  await press(around, 'deny')
  await press(around, 'report')
  expect(around.tray).toMatchObject([{ title: 'Reported. This sign-in had already ended.' }])
})

test('an answer for a token that was taken away says so', async () => {
  const around = await shown(enhanced)
  around.server.answers(problem('token-inactive', 403), json({ tokens: [] }))
  await press(around, 'deny')
  expect(around.tray).toMatchObject([{ title: 'Your organisation has removed this token' }])
})

test('an answer for a token that is suspended says who can mend that', async () => {
  const around = await shown(enhanced)
  around.server.answers(problem('token-inactive', 403), OFFLINE)
  await press(around, 'approve')
  expect(around.tray).toMatchObject([{ title: 'Your organisation must unlock this token' }])
})

test('a press that comes too late says that nothing was approved', async () => {
  const around = await shown(enhanced)
  around.server.answers(problem('expired', 410))
  await press(around, 'approve')
  expect(around.tray).toMatchObject([{ title: 'Expired, nothing was approved', tag: enhanced.id }])
})

test('a report that comes too late says so, stays, and says whom to tell', async () => {
  const around = await shown(enhanced)
  around.server.answers(problem('already-settled', 409, { state: 'approved', reason: null }))
  await press(around, 'report')
  expect(around.tray).toMatchObject([{ title: 'Too late to report here', body: 'Tell your help desk.', actions: [] }])
})

test.each([
  ['approved', 'Reported. Somebody had already been confirmed as you.'],
  ['denied', 'Reported. Your organisation is warned.'],
])('a help-desk call that is reported and is %s says no more than that', async (state, title) => {
  const around = await shown({ ...enhanced, purpose: 'verify-caller' })
  around.server.answers(json({ state, reason: null }))
  await press(around, 'report')
  expect(around.tray).toMatchObject([{ title }])
})

test('a Deny that finds it approved elsewhere can still be reported', async () => {
  const around = await shown(enhanced)
  around.server.answers(problem('already-settled', 409, { state: 'approved', reason: null }))
  await press(around, 'deny')
  expect(around.tray).toMatchObject([{ title: 'Answered on another device', actions: ['report'] }])
})

test('an approval that this browser has no room for says that it was not sent; a Deny is sent', async () => {
  const around = await shown(enhanced)
  around.store.fault = new StorageError('full')
  await press(around, 'approve')
  expect(decisions(around)).toEqual([])
  expect(around.tray).toMatchObject([{ title: 'Your answer could not be sent', tag: enhanced.id }])
  const other = await shown(standard)
  other.store.fault = new StorageError('full')
  other.server.answers(json({ state: 'denied', reason: 'declined' }))
  await press(other, 'deny')
  expect(decisions(other)).toHaveLength(1)
  expect(other.history.at(-1)).toBe('Denied')
})

test('offline: it says so, sends the very same again, and then says how it ended', async () => {
  const around = await shown(enhanced)
  around.server.answers(OFFLINE, OFFLINE, OFFLINE, json({ state: 'approved', reason: null }))
  const pressed = press(around, 'approve')
  await around.whenShown('Could not send. Trying again…')
  await around.clock.advance(3_000)
  await pressed
  expect(around.syncs).toEqual(['unsent-decisions'])
  expect(around.history.at(-1)).toBe('Approved')
  expect(new Set(around.server.asked.map(({ body }) => body)).size).toBe(1)
})

test('offline until the end: it says that nothing was approved, as far as it knows', async () => {
  const around = await shown(enhanced)
  const pressed = press(around, 'approve')
  await around.whenShown('Could not send. Trying again…')
  await around.clock.advance(90_000)
  await pressed
  expect(around.tray).toMatchObject([{ title: 'Your answer could not be sent' }])
  expect(around.tray[0]?.body).toContain('nothing was approved')
})

test('a press on the notification itself opens the request and decides nothing', async () => {
  const around = await shown(enhanced)
  await press(around, '')
  expect(around.opened).toEqual([`/requests/${enhanced.id}`])
  expect(around.server.asked).toEqual([])
  expect(await takeIntent(around.device, enhanced.id)).toBe(false)
})

test('an open app comes forward and is told which request; no second window opens', async () => {
  const around = await shown(enhanced)
  around.windows.push(
    aWindow('/login/sign-in', { focused: true }),
    aWindow('/history'),
    aWindow('/', { visibilityState: 'visible' }),
  )
  await press(around, '')
  expect(around.opened).toEqual([])
  expect(around.windows.map(({ told }) => told)).toEqual([[], [], [{ type: 'open-request', request: enhanced.id }]])
  expect(around.windows[2]?.focused).toBe(true)
})

test('a notification without a request opens the app', async () => {
  const around = await aWorker()
  await showTest(around.worker.registration)
  await press(around, '')
  expect([around.opened, around.tray]).toEqual([['/'], []])
})

test.each([null, 'hello', { v: 1, kind: 'login-request', id: 'x' }, { v: 2, kind: 'login-request', id: enhanced.id }])(
  'what was not made by this version approves nothing: %j',
  async (data) => {
    const around = await aWorker()
    await answer(around.worker, { data, close: () => undefined }, 'approve')
    expect([around.opened, around.server.asked]).toEqual([['/'], []])
  },
)
