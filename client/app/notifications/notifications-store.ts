// Whether requests can reach this device while the app is closed, checked at each start: browsers switch notifications
// off, and drop subscriptions, without a word.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { type Subscription, subscription as subscriptionSchema } from '../../../protocol/device-api.ts'
import {
  existingSubscription,
  isRefusal,
  pushPermission,
  renewSubscription,
  SubscriptionError,
  subscribe,
  Unreachable,
} from '../../device/index.ts'
import { useServer } from '../server-reach.ts'
import { useDevice } from '../this-device.ts'
import { useWorker } from '../worker.ts'

export type NotificationState =
  | 'unknown'
  | 'on'
  /** not asked yet */
  | 'off'
  /** the person, or the browser for them, said no */
  | 'blocked'
  /** the push service does not answer */
  | 'slow'
  | 'unsupported'

const late = () => new SubscriptionError('timeout')

export const useNotifications = defineStore('notifications', () => {
  const device = useDevice()
  const server = useServer()
  const worker = useWorker()
  const state = shallowRef<NotificationState>('unknown')

  function byPermission(): NotificationState {
    const permission = pushPermission()
    if (permission === 'unsupported') return 'unsupported'
    return permission === 'denied' ? 'blocked' : permission === 'default' ? 'off' : 'unknown'
  }

  /** Brings subscription and server in step where the person allowed it; asks nobody. */
  async function check(): Promise<void> {
    const known = byPermission()
    const vapidKey = server.organisation?.vapidKey
    if (known !== 'unknown') state.value = known
    if (known !== 'unknown' || !vapidKey) return
    await settle(async () => {
      const registration = await worker.registration(late)
      const afresh = server.subscribed === false
      await renewSubscription({ registration, clock: device.clock, api: device.api, vapidKey, afresh })
      server.subscribed = true
    })
  }

  /**
   * The person may have changed their mind in the browser's settings since. The server is asked only after a while: it
   * may have dropped the subscription meanwhile, or changed its key.
   */
  async function recheck(): Promise<void> {
    if (server.isStale()) {
      await server.refresh()
      return check()
    }
    const known = byPermission()
    if (known === 'unknown' ? state.value !== 'on' : state.value !== known) await check()
  }

  async function settle(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      // They may have been switched off while it ran.
      const known = byPermission()
      state.value = known === 'unknown' ? 'on' : known
    } catch (error) {
      if (error instanceof SubscriptionError) state.value = stateOf(error)
      // Not being able to tell the server is the connection's matter, and tried again at the next start.
      else if (!(error instanceof Unreachable || isRefusal(error))) throw error
    }
  }

  /** The browser's own question; only a press may bring it up. */
  async function ask(): Promise<NotificationPermission | 'unsupported'> {
    const permission = pushPermission()
    return permission === 'default' ? await Notification.requestPermission() : permission
  }

  async function turnOn(): Promise<void> {
    await ask()
    await check()
  }

  /** For an enrolment, which tells the server itself. */
  async function subscribeTo(vapidKey: string): Promise<Subscription | undefined> {
    let made: Subscription | undefined
    await settle(async () => {
      const registration = await worker.registration(late)
      const given = await subscribe({ registration, clock: device.clock, vapidKey })
      made = subscriptionSchema.parse(given.toJSON())
    })
    return made
  }

  /** What an enrolment that was left had already. */
  async function subscribed(vapidKey: string): Promise<Subscription | undefined> {
    const registration = await navigator.serviceWorker?.getRegistration()
    const given = await existingSubscription(registration, vapidKey)
    return given && subscriptionSchema.parse(given.toJSON())
  }

  return { state, check, recheck, subscribed, ask, turnOn, subscribeTo }
})

function stateOf({ fault }: SubscriptionError): NotificationState {
  if (fault === 'denied') return 'blocked'
  return fault === 'unsupported' ? 'unsupported' : 'slow'
}
