// What page and worker tell each other.
import * as z from 'zod/mini'
import { requestId } from '../../protocol/ids.ts'

export const workerMessage = z.discriminatedUnion('type', [
  /** A person pressed a notification: bring this request up (the intent to approve, if any, is in the store). */
  z.object({ type: z.literal('open-request'), request: requestId }),
  /** Something arrived, was decided or ended: ask the server again. */
  z.object({ type: z.literal('requests-changed') }),
  /** A person was told something about their account, or has reported it. */
  z.object({ type: z.literal('notices-changed') }),
  /** A person pressed a notice. */
  z.object({ type: z.literal('open-devices') }),
  /** The test notification was shown. */
  z.object({ type: z.literal('test-shown') }),
  /** The push subscription was renewed or lost. */
  z.object({ type: z.literal('subscription-changed') }),
])
export type WorkerMessage = z.infer<typeof workerMessage>

export const pageMessage = z.discriminatedUnion('type', [
  /** The person accepted the new version (workbox-window's `messageSkipWaiting` sends the same). */
  z.object({ type: z.literal('SKIP_WAITING') }),
  /** Close what is no longer true in the tray, these among it, and send what is unsent. */
  z.object({ type: z.literal('tidy'), ended: z.array(requestId) }),
])
export type PageMessage = z.infer<typeof pageMessage>
