// /device/v1/events: what waits for this device, for as long as the device may know.

import { findActiveDevice } from '../devices/device-rows.ts'
import { holdings } from '../on-device/holdings.ts'
import { type OnDeviceNeeds, pendingOnDevice } from '../on-device/requests.ts'
import { Bell, type WaitNeeds } from '../requests/wait.ts'
import type { Call } from './env.ts'
import { eventStream } from './event-stream.ts'

/** A longer-lived stream would outlive what its proof of possession says. */
const LIFETIME_MS = 5 * 60 * 1000

export async function deviceEvents(
  needs: OnDeviceNeeds & WaitNeeds & { stopping: AbortSignal },
  c: Call,
): Promise<Response> {
  const device = c.get('device')
  const { store, clock } = needs
  const until = clock.now() + LIFETIME_MS
  const changes = new Bell(needs, `device:${device.id}`)
  let nextExpiry = Number.POSITIVE_INFINITY
  return eventStream(c, {
    bell: changes,
    stopping: needs.stopping,
    waiting: needs.waiting,
    who: device.id,
    forgetsCall: true,
    nextLook: () => Math.max(0, Math.min(until, nextExpiry) - clock.now()),
    snapshot: async () => {
      const known = await findActiveDevice(store.read, device.id)
      const { users, active } = await holdings(store.read, device.id)
      changes.listen(...users.map((user) => `user:${user}` as const))
      if (!known || active.size === 0 || clock.now() >= until) return undefined
      const requests = await pendingOnDevice(needs, device.id)
      nextExpiry = Math.min(Number.POSITIVE_INFINITY, ...requests.map((request) => Date.parse(request.expiresAt)))
      return { event: 'requests', data: JSON.stringify({ requests }), last: false }
    },
  })
}
