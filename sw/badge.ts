// The number on the app's icon: requests that wait for this device.
import { cachedRequests } from '../client/device/index.ts'
import { ifPossible } from './if-possible.ts'
import type { Worker } from './worker.ts'

/** @param told the server's own count, where it came with a push */
export async function updateBadge(worker: Worker, told?: number): Promise<void> {
  if (!worker.setAppBadge) return
  const count = told ?? (await ifPossible(async () => (await cachedRequests(await worker.device())).length))
  // Not awaited: on Safari it may never answer. Refused where the app is not installed; nothing depends on it.
  if (count !== undefined) worker.setAppBadge(count).catch(() => undefined)
}
