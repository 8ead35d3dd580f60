import { createPinia } from 'pinia'
import { expect, test } from 'vitest'
import { createApp } from 'vue'
import { json } from '../../../test/support/device/fake-server.ts'
import { anInstallation, aRequest, requestId } from '../../../test/support/device/installation.ts'
import { callsForCaution, situation } from '../../device/index.ts'
import { THIS_DEVICE } from '../this-device.ts'
import { useRequests } from './requests-store.ts'

test('what was denied on another device calls for caution, though it left the list before any push said so', async () => {
  const { device, server } = await anInstallation()
  const app = createApp({}).use(createPinia()).provide(THIS_DEVICE, device)
  const requests = app.runWithContext(() => useRequests())
  const [denied, next] = [aRequest(), aRequest({ id: requestId('1') })]
  const { createdAt: settledAt } = denied
  const entry = { ...denied, state: 'denied', reason: 'declined', settledAt, redeemedAt: null, decidedHere: false }
  server.answers(json({ requests: [denied] }), json({ requests: [] }), json({ requests: [entry], next: null }))
  await requests.refresh()
  await requests.refresh()
  expect(requests.pending).toEqual([])
  const now = device.clock.now()
  expect(callsForCaution(next, await situation(device.store, now), now)).toBe(true)
  // Nothing has left since: nobody is asked again.
  server.answers(json({ requests: [] }))
  await requests.refresh()
  expect(server.asked).toHaveLength(4)
})

test('a request leaves the list when its time is over, and no other with it', async () => {
  const { device, server } = await anInstallation()
  const app = createApp({}).use(createPinia()).provide(THIS_DEVICE, device)
  const requests = app.runWithContext(() => useRequests())
  const [short, long] = [aRequest(), aRequest({ id: requestId('1') })]
  const end = Date.parse(short.expiresAt)
  const later = { ...long, expiresAt: new Date(end + 1).toISOString() }
  server.answers(json({ requests: [short, later] }))
  await requests.refresh()
  requests.expire(end - 1)
  expect(requests.pending).toHaveLength(2)
  requests.expire(end)
  expect(requests.pending.map(({ id }) => id)).toEqual([later.id])
})
