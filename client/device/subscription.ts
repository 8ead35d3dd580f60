// This installation's push subscription, kept in step with the server's key.
import { subscription as subscriptionSchema } from '../../protocol/device-api.ts'
import { base64url, fromBase64url } from '../../protocol/encoding.ts'
import type { Clock } from './clock.ts'
import type { Device } from './device.ts'
import { within } from './within.ts'

/** Without a push backend `subscribe()` neither resolves nor rejects. */
const SUBSCRIBE_TIMEOUT_MS = 15_000

export type SubscriptionFault =
  /** this browser has no Web Push (on iOS: not before the app is on the home screen) */
  | 'unsupported'
  /** the person, or their browser for them, said no */
  | 'denied'
  /** the push service did not answer for 15 s; it may yet */
  | 'timeout'
  /** the browser could not subscribe */
  | 'failed'

export class SubscriptionError extends Error {
  readonly fault: SubscriptionFault

  constructor(fault: SubscriptionFault, options?: ErrorOptions) {
    super(`The push subscription failed: ${fault}.`, options)
    this.name = 'SubscriptionError'
    this.fault = fault
  }
}

/** `default`: not asked yet; asking is the page's, at a press. */
export type PushPermission = NotificationPermission | 'unsupported'

export function pushPermission(): PushPermission {
  const supported = 'Notification' in globalThis && 'PushManager' in globalThis
  return supported ? Notification.permission : 'unsupported'
}

type Needs = {
  registration: Pick<ServiceWorkerRegistration, 'pushManager'>
  clock: Clock
  vapidKey: string
  /** the server has none: what the browser holds may have ended without its knowing, and is given up */
  afresh?: boolean
}

/** The subscription made with this server's key: the one there is, or a new one. @throws {SubscriptionError} */
export async function subscribe({ registration, clock, vapidKey, afresh = false }: Needs): Promise<PushSubscription> {
  if (!registration.pushManager) throw new SubscriptionError('unsupported')
  const late = () => new SubscriptionError('timeout')
  try {
    return await within(clock, SUBSCRIBE_TIMEOUT_MS, () => current(registration.pushManager, vapidKey, afresh), late)
  } catch (error) {
    throw subscriptionError(error)
  }
}

/** The one there is, without asking anybody: an enrolment may be taken up where it had been made already. */
export async function existingSubscription(
  registration: Needs['registration'] | undefined,
  vapidKey: string,
): Promise<PushSubscription | undefined> {
  if (pushPermission() !== 'granted') return undefined
  const existing = await registration?.pushManager?.getSubscription()
  return existing && isFor(existing, vapidKey) ? existing : undefined
}

async function current(manager: PushManager, vapidKey: string, afresh: boolean): Promise<PushSubscription> {
  const existing = await manager.getSubscription()
  if (existing && !afresh && isFor(existing, vapidKey)) return existing
  // A subscription answers to one server key only; a restored or rotated server has another.
  if (existing) await existing.unsubscribe()
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: fromBase64url(vapidKey) })
}

/** Browsers that do not tell the key are believed. */
function isFor({ options }: PushSubscription, vapidKey: string): boolean {
  const key = options?.applicationServerKey
  return !key || base64url(new Uint8Array(key)) === vapidKey
}

/**
 * Subscribes where needed and tells the server, at every start: browsers drop subscriptions without a word.
 * @throws {SubscriptionError} @throws DeviceError endpoint-not-allowed
 */
export async function renewSubscription({ api, ...needs }: Needs & Pick<Device, 'api'>): Promise<void> {
  const made = await subscribe(needs)
  await api.putSubscription(subscriptionSchema.parse(made.toJSON()), needs.vapidKey)
}

function subscriptionError(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error
  return new SubscriptionError(error.name === 'NotAllowedError' ? 'denied' : 'failed', { cause: error })
}
