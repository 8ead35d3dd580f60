// What pages ask of the worker.
import { pageMessage } from '../client/device/index.ts'
import { keepTrying } from './retry.ts'
import { tidy } from './tidy.ts'
import type { Worker } from './worker.ts'

/** @param skipWaiting a new version takes over only when its person has said so on a page */
export async function hear(worker: Worker, data: unknown, skipWaiting: () => Promise<void>): Promise<void> {
  const message = pageMessage.safeParse(data)
  if (!message.success) return
  if (message.data.type === 'SKIP_WAITING') return skipWaiting()
  await tidy(worker, { told: message.data.ended })
  await keepTrying(worker)
}
