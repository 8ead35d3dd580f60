import { expect, test } from 'vitest'
import { base64url } from '../protocol/encoding.ts'
import { json, OFFLINE } from '../test/support/device/fake-server.ts'
import { START } from '../test/support/device/installation.ts'
import { aWindow, aWorker } from '../test/support/device/worker-around.ts'
import { renew } from './renew.ts'

const KEY = base64url(new Uint8Array([4, ...new Array(64).fill(7)]))
const subscription = { endpoint: 'https://push.example/2', keys: { p256dh: KEY, auth: 'AAAAAAAAAAAAAAAAAAAAAA' } }

async function worker() {
  const around = await aWorker()
  const asked: string[] = []
  const pushManager = {
    getSubscription: async () => null,
    subscribe: async ({ applicationServerKey }: { applicationServerKey: Uint8Array }) => {
      asked.push(base64url(applicationServerKey))
      return { toJSON: () => subscription }
    },
  }
  around.windows.push(aWindow('/'))
  return {
    ...around,
    asked,
    worker: { ...around.worker, registration: { ...around.worker.registration, pushManager } },
  }
}

test('a lost subscription is made anew with the server’s key of now, and told to the server', async () => {
  const around = await worker()
  const config = { protocol: [1], vapidKey: KEY, serverTime: START, organisation: { name: 'Harbour' } }
  around.server.answers(json(config), new Response(null, { status: 204 }))
  await renew(around.worker as never)
  expect(around.asked).toEqual([KEY])
  expect(JSON.parse(around.server.asked[1]?.body ?? '')).toEqual({ ...subscription, vapidKey: KEY })
  expect(around.windows[0]?.told).toEqual([{ type: 'subscription-changed' }])
})

test('without a network it is left to the next start of the app', async () => {
  const around = await worker()
  around.server.otherwise(OFFLINE)
  await renew(around.worker as never)
  expect(around.asked).toEqual([])
  expect(around.windows[0]?.told).toEqual([{ type: 'subscription-changed' }])
})
