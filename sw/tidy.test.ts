import { expect, test, vi } from 'vitest'
import { decide, fetchRequests, rememberRequest, type WorkerMessage } from '../client/device/index.ts'
import { json } from '../test/support/device/fake-server.ts'
import { aRequest, requestId } from '../test/support/device/installation.ts'
import { aWindow, aWorker } from '../test/support/device/worker-around.ts'
import { hear } from './messages.ts'
import { keepTrying } from './retry.ts'
import { tidy } from './tidy.ts'
import { showBriefly, showOutcome, showRequest, showTest } from './tray.ts'

const request = aRequest()
const later = aRequest({ id: requestId('1'), expiresAt: '2026-01-01T00:02:00.000Z' })
const never = () => Promise.reject(new Error('not asked for'))

test('requests that have expired leave the tray, others stay', async () => {
  const around = await aWorker()
  for (const one of [request, later]) await showRequest(around.worker.registration, one, { cautious: false })
  await showTest(around.worker.registration)
  await around.clock.advance(60_000)
  await tidy(around.worker)
  expect(around.tray.map(({ tag }) => tag)).toEqual([later.id, 'test'])
})

test('outcomes that nobody closed go after ten minutes', async () => {
  const around = await aWorker()
  await showOutcome(around.worker.registration, { title: 'Denied', id: request.id, request, reportable: true })
  await around.clock.advance(10 * 60_000)
  await tidy(around.worker)
  expect(around.tray).toHaveLength(1)
  await around.clock.advance(60_000)
  await tidy(around.worker)
  expect(around.tray).toEqual([])
})

test('an outcome that asks for nothing stays until it was seen, and goes also when nobody waited to close it', async () => {
  const around = await aWorker()
  await showBriefly(around.worker, { title: 'Answered on another device', id: request.id })
  await tidy(around.worker)
  expect(around.tray).toHaveLength(1)
  // A worker that was stopped in between, and is woken by something else.
  const woken = { ...around.worker, clock: { ...around.worker.clock, now: () => around.clock.now() + 4_000 } }
  await tidy(woken)
  expect(around.tray).toEqual([])
})

test('when a page has asked the server, what is not pending any more goes', async () => {
  const around = await aWorker()
  for (const one of [request, later]) await showRequest(around.worker.registration, one, { cautious: true })
  around.server.answers(json({ requests: [later] }))
  await fetchRequests(around.device)
  await around.clock.advance(10_000)
  await hear(around.worker, { type: 'tidy', ended: [] }, never)
  expect(around.tray.map(({ tag }) => tag)).toEqual([later.id])
  expect(around.badges.at(-1)).toBe(1)
})

test('a push that came while a page was asking stays, and what the page has seen end goes at once', async () => {
  const around = await aWorker()
  around.server.answers(json({ requests: [] }))
  await fetchRequests(around.device)
  for (const one of [request, later]) await showRequest(around.worker.registration, one, { cautious: true })
  await hear(around.worker, { type: 'tidy', ended: [request.id] }, never)
  expect(around.tray.map(({ tag }) => tag)).toEqual([later.id])
})

test('a new version takes over when a page says so, and for no other message', async () => {
  const around = await aWorker()
  const skipWaiting = vi.fn(async () => undefined)
  for (const message of [{ type: 'tidy', ended: [] }, { type: 'tidy' }, { type: 'skip' }, 'SKIP_WAITING', null]) {
    await hear(around.worker, message, skipWaiting)
    expect(skipWaiting).not.toHaveBeenCalled()
  }
  await hear(around.worker, { type: 'SKIP_WAITING' }, skipWaiting)
  expect(skipWaiting).toHaveBeenCalledOnce()
})

test('what is no message of ours closes nothing in the tray, and asks nothing of the server', async () => {
  const around = await aWorker()
  await showRequest(around.worker.registration, request, { cautious: true })
  for (const message of [
    { type: 'tidy', ended: request.id },
    { type: 'tidy', ended: { 0: request.id, length: 1 } },
    { type: 'tidy', ended: [request.id, '../requests'] },
    { type: 'tidy', ended: [[request.id]] },
    { type: ['tidy'], ended: [request.id] },
    { __proto__: { type: 'tidy', ended: [request.id] }, type: 'decide', verdict: 'approve', request: request.id },
    [{ type: 'tidy', ended: [request.id] }],
    JSON.stringify({ type: 'tidy', ended: [request.id] }),
  ])
    await hear(around.worker, message, never)
  expect(around.tray.map(({ tag }) => tag)).toEqual([request.id])
  expect([around.server.asked, around.badges, around.syncs]).toEqual([[], [], []])
})

test('what was decided in an open app is told there, not in the tray', async () => {
  const around = await aWorker()
  await rememberRequest(around.device.store, request)
  await decide(around.device, request, { verdict: 'deny' })
  around.windows.push(aWindow('/', { visibilityState: 'visible' }))
  around.server.answers(json({ state: 'denied', reason: 'declined' }))
  await keepTrying(around.worker)
  expect(around.history).toEqual([])
  expect(around.windows[0]?.told).toEqual([{ type: 'requests-changed' } satisfies WorkerMessage])
})

test('the app closed meanwhile: the tray tells', async () => {
  const around = await aWorker()
  await decide(around.device, request, { verdict: 'deny' })
  around.server.answers(json({ state: 'denied', reason: 'declined' }))
  await keepTrying(around.worker)
  expect(around.history).toEqual(['Denied'])
})

test('asked for twice it sends once', async () => {
  const around = await aWorker()
  await decide(around.device, request, { verdict: 'deny' })
  around.server.otherwise(json({ state: 'denied', reason: 'declined' }))
  await Promise.all([keepTrying(around.worker), keepTrying(around.worker)])
  expect(around.server.asked).toHaveLength(2)
})
