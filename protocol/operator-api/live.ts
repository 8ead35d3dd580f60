// /admin/v1/live: the latest requests as operators see them.
import * as z from 'zod/mini'
import { applicationId, requestId, userId } from '../ids.ts'
import { delivery, denialReason, purpose, requestState, timestampSchema } from '../login-request.ts'

export const liveCall = z.object({
  state: z.optional(requestState),
  delivery: z.optional(delivery),
  application: z.optional(applicationId),
  user: z.optional(userId),
  /** an IP address */
  address: z.optional(z.string().check(z.maxLength(45))),
})
export type LiveCall = z.infer<typeof liveCall>

export const liveRequest = z.object({
  id: requestId,
  state: requestState,
  reason: z.nullable(denialReason),
  delivery,
  purpose,
  createdAt: timestampSchema,
  settledAt: z.nullable(timestampSchema),
  redeemedAt: z.nullable(timestampSchema),
  user: z.object({ id: userId, username: z.string() }),
  application: z.object({ id: applicationId, name: z.string() }),
  ip: z.nullable(z.string()),
  location: z.nullable(z.string()),
  client: z.nullable(z.string()),
  /** this person never approved from there before */
  newPlace: z.boolean(),
})
export type LiveRequest = z.infer<typeof liveRequest>

export const liveView = z.object({
  /** newest first, a hundred at most */
  requests: z.array(liveRequest),
  /** filters look through so many of the latest requests */
  searched: z.int(),
})
export type LiveView = z.infer<typeof liveView>
