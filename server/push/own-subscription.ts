// What a device does about its own push subscription.
import type { Subscription } from '../../protocol/device-api.ts'
import type { DeviceId, RandomBytes } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/store.ts'
import { type Rate, takeHit } from '../throttling/hits.ts'
import type { Courier } from './courier.ts'
import type { EndpointRules } from './endpoint.ts'
import { insertPushes } from './outbox.ts'
import { admitSubscription, putSubscription, removeSubscription, subscriptionOf } from './subscriptions.ts'
import type { Vapid } from './vapid.ts'

export type DeviceSubscriptionNeeds = {
  store: Store
  clock: Clock
  random: RandomBytes
  vapid: Vapid
  endpointRules: EndpointRules
  courier: Pick<Courier, 'dispatch'>
}

/** A test that has not arrived after this long tells its own story. */
const TEST_LIFETIME_MS = 60_000

/** @throws {Problem} invalid, endpoint-not-allowed */
export async function putOwnSubscription(
  { store, clock, vapid, endpointRules: rules }: DeviceSubscriptionNeeds,
  device: DeviceId,
  sent: Subscription & { vapidKey?: string | undefined },
): Promise<void> {
  const admitted = await admitSubscription(sent, { rules, vapid })
  await store.write((tx) => putSubscription(tx, device, admitted, clock.now()))
}

/** False also where the push service said that the subscription it had has ended. */
export async function isSubscribed(
  { store }: Pick<DeviceSubscriptionNeeds, 'store'>,
  device: DeviceId,
): Promise<boolean> {
  return (await subscriptionOf(store.read, device)) !== undefined
}

export async function removeOwnSubscription({ store }: DeviceSubscriptionNeeds, device: DeviceId): Promise<void> {
  await store.write((tx) => removeSubscription(tx, device))
}

/** Each is work for us and for a push service that is somebody else's. */
const TEST_RATE: Rate = { count: 10, seconds: 60 }

/** A harmless push, so that a person sees that pushes arrive. @throws {Problem} no-subscription, too-many-requests */
export async function sendTest(
  { store, clock, random, courier }: DeviceSubscriptionNeeds,
  device: DeviceId,
): Promise<void> {
  if (!(await subscriptionOf(store.read, device))) throw new Problem('no-subscription')
  const now = clock.now()
  await takeHit(store, { bucket: `push-test:${device}`, rate: TEST_RATE, now })
  const test = { kind: 'test', device_id: device, request_id: null, expires_at: now + TEST_LIFETIME_MS } as const
  courier.dispatch(await store.write((tx) => insertPushes(tx, [test], { now, random })))
}
