import { createECDH, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeviceId } from '../../protocol/ids.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import type { Store } from '../store/store.ts'
import type { EndpointRules } from './endpoint.ts'
import {
  admitSubscription,
  dropEndpoint,
  putSubscription,
  removeSubscription,
  subscriptionOf,
  subscriptionsOf,
} from './subscriptions.ts'

const point = () => createECDH('prime256v1').generateKeys().toString('base64url')
const [current, former] = [point(), point()]
const vapid = {
  publicKey: current,
  knows: async (key: string) => key === current || key === former,
  authorization: async () => undefined,
}
const rules: EndpointRules = {
  allowedOrigins: [],
  isProxied: () => false,
  lookup: async () => ['93.184.215.14'],
}
const sent = (endpoint = 'https://push.example.com/wp/1') => ({
  endpoint,
  keys: { p256dh: point(), auth: randomBytes(16).toString('base64url') },
})
const admit = (subscription: Parameters<typeof admitSubscription>[0]) =>
  admitSubscription(subscription, { rules, vapid })

describe('what a device sends', () => {
  it('is kept with the key it was made with, where that is one of ours', async () => {
    const { keys, endpoint } = sent()
    const admitted = { endpoint, p256dh: keys.p256dh, auth: keys.auth }
    expect(await admit({ endpoint, keys, vapidKey: former })).toEqual({ ...admitted, vapid_key: former })
    expect(await admit({ endpoint, keys, vapidKey: point() })).toEqual({ ...admitted, vapid_key: current })
    expect(await admit({ endpoint, keys })).toEqual({ ...admitted, vapid_key: current })
  })

  it('is refused for an endpoint of the inside', async () => {
    await expect(admit(sent('https://10.0.0.1/wp/1'))).rejects.toMatchObject({ slug: 'endpoint-not-allowed' })
  })

  it('is refused for a key beside the curve, to which nothing could be sealed', async () => {
    const { keys, endpoint } = sent()
    const beside = Buffer.concat([Buffer.of(4), Buffer.alloc(63), Buffer.of(1)]).toString('base64url')
    const refused = admit({ endpoint, keys: { ...keys, p256dh: beside } })
    await expect(refused).rejects.toMatchObject({
      slug: 'invalid',
      members: { errors: { '/keys/p256dh': 'must be a point of P-256' } },
    })
  })

  it('is refused for a second spelling of its keys', async () => {
    const { keys, endpoint } = sent()
    const stray = (text: string) => text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1)
    const hybrid = Buffer.from(keys.p256dh, 'base64url')
    hybrid[0] = 6 + ((hybrid[64] ?? 0) % 2)
    for (const p256dh of [stray(keys.p256dh), hybrid.toString('base64url')])
      await expect(admit({ endpoint, keys: { ...keys, p256dh } })).rejects.toMatchObject({ slug: 'invalid' })
    const refused = admit({ endpoint, keys: { ...keys, auth: stray(keys.auth) } })
    await expect(refused).rejects.toMatchObject({ members: { errors: { '/keys/auth': expect.any(String) } } })
  })
})

describe.each(ENGINES)('on %s', (engine) => {
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  const [phone, tablet, other] = ['dev_phone', 'dev_tablet', 'dev_other'] as string[] as [DeviceId, DeviceId, DeviceId]
  const put = async (device: DeviceId, endpoint: string, now = 1) => {
    const admitted = await admit(sent(endpoint))
    await store.write((tx) => putSubscription(tx, device, admitted, now))
    return { device_id: device, ...admitted, created_at: now }
  }

  it('a device has one subscription, its latest', async () => {
    await put(phone, 'https://push.example.com/wp/1')
    const latest = await put(phone, 'https://push.example.com/wp/2', 2)
    expect(await subscriptionOf(store.read, phone)).toEqual(latest)
    expect(await subscriptionOf(store.read, other)).toBeUndefined()
  })

  it('those of many devices are found at once', async () => {
    const both = [await put(phone, 'https://push.example.com/wp/1'), await put(tablet, 'https://push.example.com/wp/2')]
    const found = await subscriptionsOf(store.read, [phone, tablet, other])
    expect([...found.keys()].sort()).toEqual([phone, tablet])
    expect([found.get(phone), found.get(tablet)]).toEqual(both)
    expect(await subscriptionsOf(store.read, [])).toEqual(new Map())
  })

  it('an endpoint that has ended is forgotten, the one that came after it is not', async () => {
    await put(phone, 'https://push.example.com/wp/new')
    await store.write((tx) => dropEndpoint(tx, phone, 'https://push.example.com/wp/old'))
    expect(await subscriptionOf(store.read, phone)).toBeDefined()
    await store.write((tx) => dropEndpoint(tx, phone, 'https://push.example.com/wp/new'))
    expect(await subscriptionOf(store.read, phone)).toBeUndefined()
  })

  it('a device can take its subscription back', async () => {
    await put(phone, 'https://push.example.com/wp/1')
    await put(tablet, 'https://push.example.com/wp/2')
    await store.write((tx) => removeSubscription(tx, phone))
    expect(await subscriptionOf(store.read, phone)).toBeUndefined()
    expect(await subscriptionOf(store.read, tablet)).toBeDefined()
  })
})
