import { expect, test } from 'vitest'
import { cachedRequests, StorageError } from '../client/device/index.ts'
import type { DeviceRequest } from '../protocol/device-api.ts'
import { json, OFFLINE } from '../test/support/device/fake-server.ts'
import { aRequest, requestId } from '../test/support/device/installation.ts'
import { aWindow, aWorker } from '../test/support/device/worker-around.ts'
import { answer } from './answer.ts'
import { show } from './show.ts'
import { tidy } from './tidy.ts'

const text = (value: unknown) => ({ data: { text: () => (typeof value === 'string' ? value : JSON.stringify(value)) } })
const push = (countersign: unknown, app_badge = 1) => text({ web_push: 8030, app_badge, countersign })
const asking = (request: DeviceRequest) => push({ v: 1, kind: 'login-request', request })
const request = aRequest()

test('a login request is shown with who, as whom, from where, and two ways to answer', async () => {
  const around = await aWorker()
  await show(around.worker, asking(request))
  expect(around.tray).toMatchObject([
    {
      title: 'Sign in to Harbour?',
      body: 'alice · near Rotterdam',
      tag: request.id,
      actions: ['approve', 'deny'],
      data: { v: 1, kind: 'login-request', id: request.id, request },
    },
  ])
})

test('it is shown before anything is asked of the network', async () => {
  const around = await aWorker()
  const order: string[] = []
  around.server.otherwise(() => {
    order.push(around.history.length > 0 ? 'after' : 'before')
    return new Response(null, { status: 204 })
  })
  await show(around.worker, asking(request))
  expect(order).toEqual(['after'])
  expect(JSON.parse(around.server.asked[0]?.body ?? '')).toEqual({ request: request.id, event: 'shown' })
})

test('it is known to the app, which is told, and counted on its icon', async () => {
  const around = await aWorker()
  around.windows.push(aWindow('/'), aWindow('/login/sign-in'))
  await show(around.worker, asking(request))
  expect(await cachedRequests(around.device)).toEqual([request])
  expect(around.windows.map(({ told }) => told)).toEqual([[{ type: 'requests-changed' }], []])
  expect(around.badges).toEqual([1])
})

test('without a network it is shown all the same', async () => {
  const around = await aWorker()
  around.server.otherwise(OFFLINE)
  await show(around.worker, asking(request))
  expect(around.history).toEqual(['Sign in to Harbour?'])
})

test.each([
  ['fails', () => Promise.reject(new StorageError('unavailable'))],
  ['never answers', () => new Promise<never>(() => undefined)],
])('where the store %s it is shown, and can’t be approved with one press', async (_, device) => {
  const around = await aWorker()
  void show({ ...around.worker, device }, asking(request))
  await around.clock.advance(1_000)
  expect(around.tray).toMatchObject([{ title: 'Sign in to Harbour?', actions: ['deny'] }])
})

test('a defect of ours keeps no request from being shown, and is not hushed up', async () => {
  const around = await aWorker()
  const device = () => Promise.reject(new TypeError('a defect'))
  await expect(show({ ...around.worker, device }, asking(request))).rejects.toThrow('a defect')
  expect(around.tray).toMatchObject([{ title: 'Sign in to Harbour?', actions: ['deny'] }])
})

test('several for one user: no Approve, not even on those shown before', async () => {
  const around = await aWorker()
  await show(around.worker, asking(request))
  await show(around.worker, asking(aRequest({ id: requestId('1') })))
  expect(around.tray.map(({ tag, actions }) => [tag, actions])).toEqual([
    [requestId('1'), ['deny']],
    [request.id, ['deny']],
  ])
  expect(around.tray[0]?.body).toContain('Several sign-ins are asking as alice.')
})

test('of two the first of which was cancelled, the second gets Approve, and a press that comes too soon opens the app', async () => {
  const around = await aWorker()
  const second = aRequest({ id: requestId('1') })
  await show(around.worker, asking(request))
  await show(around.worker, asking(second))
  await tidy(around.worker)
  expect(around.tray.map(({ actions }) => actions)).toEqual([['deny'], ['deny']])
  await show(around.worker, push({ v: 1, kind: 'settled', request: { id: request.id, state: 'cancelled' } }, 1))
  await tidy(around.worker)
  const shown = () => around.tray.find(({ tag }) => tag === second.id)
  expect(shown()).toMatchObject({ body: 'alice · near Rotterdam', actions: ['approve', 'deny'] })
  const hasty = structuredClone(shown()?.data)
  await answer(around.worker, { data: hasty, close: () => undefined }, 'approve')
  expect([around.opened, around.server.asked.filter(({ path }) => path.includes('decision'))]).toEqual([
    [`/requests/${second.id}`],
    [],
  ])
})

test('where one was denied, the end of another gives no Approve back', async () => {
  const around = await aWorker()
  await show(around.worker, asking(request))
  await show(around.worker, asking(aRequest({ id: requestId('1') })))
  await show(around.worker, push({ v: 1, kind: 'settled', request: { id: request.id, state: 'denied' } }, 1))
  await tidy(around.worker)
  expect(around.tray.find(({ tag }) => tag === requestId('1'))?.actions).toEqual(['deny'])
})

test('a request of another user takes nothing away', async () => {
  const around = await aWorker()
  await show(around.worker, asking(request))
  await show(around.worker, asking(aRequest({ id: requestId('1'), username: 'bob' })))
  expect(around.tray.map(({ actions }) => actions)).toEqual([
    ['approve', 'deny'],
    ['approve', 'deny'],
  ])
})

test('one denied a moment ago on another device: no Approve', async () => {
  const around = await aWorker()
  await show(around.worker, asking(request))
  await show(around.worker, push({ v: 1, kind: 'settled', request: { id: request.id, state: 'denied' } }, 0))
  await show(around.worker, asking(aRequest({ id: requestId('1') })))
  expect(around.tray.find(({ tag }) => tag === requestId('1'))?.actions).toEqual(['deny'])
})

test('answered on another device: says so in its place, then goes', async () => {
  const around = await aWorker()
  await show(around.worker, asking(request))
  await show(around.worker, push({ v: 1, kind: 'settled', request: { id: request.id, state: 'approved' } }, 0))
  expect(around.tray).toMatchObject([{ title: 'Answered on another device', tag: request.id, actions: [] }])
  expect(await cachedRequests(around.device)).toEqual([])
  await around.clock.advance(4_000)
  expect(around.tray).toEqual([])
})

test('a test says that notifications work', async () => {
  const around = await aWorker()
  around.windows.push(aWindow('/enrol'))
  await show(around.worker, push({ v: 1, kind: 'test' }, 0))
  expect(around.tray).toMatchObject([{ title: 'Notifications work on this device.', actions: [] }])
  expect(around.windows[0]?.told).toEqual([{ type: 'test-shown' }])
})

const unreadable: [string, Parameters<typeof show>[1]][] = [
  ['of a later version', push({ v: 2, kind: 'login-request', request })],
  ['of a kind not known', push({ v: 1, kind: 'money-transfer', request })],
  ['that is no JSON', text('hello')],
  ['that is nothing', text('')],
  ['with a request that is not whole', push({ v: 1, kind: 'login-request', request: { id: request.id } })],
  ['without data', { data: null }],
  [
    'without data, with a notification of somebody else',
    { data: null, notification: { title: '', body: '', data: 7 } },
  ],
]

test.each(unreadable)('a push %s is shown, and can’t approve', async (_, pushed) => {
  const around = await aWorker()
  await show(around.worker, pushed)
  expect(around.tray).toMatchObject([{ title: 'Open the app to see a request.', actions: [] }])
})

test('where the browser hands over only the notification it is shown as it is, and its request fetched after', async () => {
  const around = await aWorker()
  around.server.answers(json(request)).otherwise(new Response(null, { status: 204 }))
  const data = { v: 1, kind: 'login-request', id: request.id }
  await show(around.worker, { data: null, notification: { title: 'Sign in?', body: 'alice', data } })
  expect(around.tray).toMatchObject([{ title: 'Sign in?', body: 'alice', tag: request.id, actions: [] }])
  expect(around.server.asked.map(({ path }) => path)).toEqual([
    `/device/v1/requests/${request.id}`,
    '/device/v1/receipts',
  ])
})
