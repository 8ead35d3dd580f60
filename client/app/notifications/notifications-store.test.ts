import { createPinia } from 'pinia'
import { afterEach, expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import { json } from '../../../test/support/device/fake-server.ts'
import { anInstallation, START } from '../../../test/support/device/installation.ts'
import { useServer } from '../server-reach.ts'
import { THIS_DEVICE } from '../this-device.ts'
import { useNotifications } from './notifications-store.ts'

const KEY = `B${'A'.repeat(86)}`
const SUBSCRIPTION = { endpoint: 'https://push.example/1', keys: { p256dh: KEY, auth: 'A'.repeat(22) } }
const config = (subscribed: boolean) =>
  json({ protocol: [1], vapidKey: KEY, serverTime: START, organisation: { name: 'Harbour' }, subscribed })

afterEach(() => vi.unstubAllGlobals())

/** @returns how many subscriptions this browser has made */
function withPush(): () => number {
  let made = 0
  const subscription = { options: {}, toJSON: () => SUBSCRIPTION, unsubscribe: async () => true }
  const subscribe = async () => {
    made++
    return subscription
  }
  const pushManager = { getSubscription: async () => subscription, subscribe }
  vi.stubGlobal('Notification', { permission: 'granted' })
  vi.stubGlobal('PushManager', {})
  vi.stubGlobal('navigator', { onLine: true, serviceWorker: { ready: Promise.resolve({ pushManager }) } })
  return () => made
}

test('an app left open that is looked at again learns that its subscription has ended, and makes another', async () => {
  const made = withPush()
  const { device, server, clock } = await anInstallation()
  const app = createApp({}).use(createPinia()).provide(THIS_DEVICE, device)
  const [reach, notifications] = app.runWithContext(() => [useServer(), useNotifications()] as const)
  server.answers(config(true), new Response(null, { status: 204 }))
  await reach.refresh()
  await notifications.check()
  await clock.advance(14 * 60_000)
  await notifications.recheck()
  expect([server.asked.length, made(), notifications.state]).toEqual([2, 0, 'on'])
  await clock.advance(60_000)
  server.answers(config(false), new Response(null, { status: 204 }))
  await notifications.recheck()
  expect(server.asked.slice(2).map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /device/v1/config?with=subscribed',
    'PUT /device/v1/subscription',
  ])
  expect(made()).toBe(1)
})
