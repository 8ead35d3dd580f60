// The push service of the bench, in a process of its own: it opens what the server sealed and hands it to the devices.
import { startPushService } from '../support/push-service.ts'
import type { SubscriptionJson } from '../support/push-subscriptions.ts'

export type ToPush = { subscribe: number; vapidKey: string }
export type FromPush = { origin: string; caPath: string } | { subscriptions: SubscriptionJson[] } | { pushes: string[] }

const service = await startPushService()
const tell = (message: FromPush) => process.send?.(message)
let pushes: string[] = []

service.onMessage(({ plaintext }) => {
  if (plaintext === null) return
  // Handed over in bundles: a message between processes each would cost the clients more than their own work.
  if (pushes.length === 0)
    setImmediate(() => {
      tell({ pushes })
      pushes = []
    })
  pushes.push(plaintext)
})
process.on('message', ({ subscribe, vapidKey }: ToPush) => {
  const subscriptions = Array.from({ length: subscribe }, () =>
    service.createSubscription({ applicationServerKey: vapidKey }),
  )
  tell({ subscriptions })
})
tell({ origin: service.origin, caPath: service.caPath })
// The parent is gone.
process.on('disconnect', () => process.exit())
