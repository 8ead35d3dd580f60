import { expect, test } from 'vitest'
import { base64url, fromBase64url } from '../../protocol/encoding.ts'
import { anInstallation } from '../../test/support/device/installation.ts'
import { renewSubscription, SubscriptionError, subscribe } from './subscription.ts'

const KEY = base64url(new Uint8Array([4, ...new Array(64).fill(7)]))
const OTHER_KEY = base64url(new Uint8Array([4, ...new Array(64).fill(9)]))
const JSON_FORM = { endpoint: 'https://push.example/1', keys: { p256dh: KEY, auth: 'AAAAAAAAAAAAAAAAAAAAAA' } }

type Made = { key: string; unsubscribed: boolean }

function pushManager(held?: string, behave: () => Promise<void> = async () => undefined) {
  const made: Made[] = held ? [{ key: held, unsubscribed: false }] : []
  const asSubscription = (of: Made) => ({
    options: { applicationServerKey: fromBase64url(of.key).buffer, userVisibleOnly: true },
    toJSON: () => JSON_FORM,
    unsubscribe: async () => {
      of.unsubscribed = true
      return true
    },
  })
  const current = () => made.find(({ unsubscribed }) => !unsubscribed)
  const manager = {
    getSubscription: async () => {
      const one = current()
      return one ? asSubscription(one) : null
    },
    subscribe: async ({ applicationServerKey }: { applicationServerKey: Uint8Array }) => {
      await behave()
      if (current()) throw new DOMException('another key', 'InvalidStateError')
      const one = { key: base64url(applicationServerKey), unsubscribed: false }
      made.push(one)
      return asSubscription(one)
    },
  }
  return { made, registration: { pushManager: manager as unknown as PushManager } }
}

test('a subscription with the server’s key is kept', async () => {
  const { clock } = await anInstallation()
  const { made, registration } = pushManager(KEY)
  await subscribe({ registration, clock, vapidKey: KEY })
  expect(made).toEqual([{ key: KEY, unsubscribed: false }])
})

test('one with another key gives way to a new one', async () => {
  const { clock } = await anInstallation()
  const { made, registration } = pushManager(OTHER_KEY)
  await subscribe({ registration, clock, vapidKey: KEY })
  expect(made).toEqual([
    { key: OTHER_KEY, unsubscribed: true },
    { key: KEY, unsubscribed: false },
  ])
})

test('one that the server has not gives way too: it may have ended without the browser’s knowing', async () => {
  const { clock } = await anInstallation()
  const { made, registration } = pushManager(KEY)
  await subscribe({ registration, clock, vapidKey: KEY, afresh: true })
  expect(made).toEqual([
    { key: KEY, unsubscribed: true },
    { key: KEY, unsubscribed: false },
  ])
})

test('the server is told endpoint, keys and the key it was made with', async () => {
  const { device, clock, server } = await anInstallation()
  server.otherwise(new Response(null, { status: 204 }))
  await renewSubscription({ ...pushManager(), api: device.api, clock, vapidKey: KEY })
  expect(server.asked[0]).toMatchObject({ method: 'PUT', path: '/device/v1/subscription' })
  expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({ ...JSON_FORM, vapidKey: KEY })
})

test('a push service that never answers is given up after 15 seconds', async () => {
  const { clock } = await anInstallation()
  const { registration } = pushManager(undefined, () => new Promise(() => undefined))
  const ended = expect(subscribe({ registration, clock, vapidKey: KEY })).rejects.toMatchObject({ fault: 'timeout' })
  await clock.whenWaiting()
  await clock.advance(15_000)
  await ended
})

test.each([
  ['NotAllowedError', 'denied'],
  ['AbortError', 'failed'],
])('%s is told as %s', async (name, fault) => {
  const { clock } = await anInstallation()
  const { registration } = pushManager(undefined, () => Promise.reject(new DOMException('no', name)))
  const refused = subscribe({ registration, clock, vapidKey: KEY })
  await expect(refused).rejects.toThrow(SubscriptionError)
  await expect(refused).rejects.toMatchObject({ fault })
})
