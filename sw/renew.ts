// The browser replaced or dropped the push subscription. Unreliable by nature, so the app compares at every start too.
import { refreshOrganisation, renewSubscription } from '../client/device/index.ts'
import { ifPossible } from './if-possible.ts'
import { tellWindows } from './windows.ts'
import type { Worker } from './worker.ts'

export async function renew(worker: Worker): Promise<void> {
  await ifPossible(async () => {
    const { store, api } = await worker.device()
    const { organisation } = await refreshOrganisation({ store, api })
    await renewSubscription({
      registration: worker.registration,
      clock: worker.clock,
      api,
      vapidKey: organisation.vapidKey,
    })
  })
  await tellWindows(worker, { type: 'subscription-changed' })
}
