// What the server answers to applications.
import * as z from 'zod/mini'
import { deviceId, requestId, tokenId, userId } from './ids.ts'
import { delivery, denialReason, requestState, timestampSchema } from './login-request.ts'

export const loginRequest = z.object({
  id: requestId,
  state: requestState,
  reason: z.nullable(denialReason),
  version: z.int(),
  delivery,
  createdAt: timestampSchema,
  expiresAt: timestampSchema,
  settledAt: z.nullable(timestampSchema),
  redeemedAt: z.nullable(timestampSchema),
})

const number = z.nullable(z.string().check(z.regex(/^\d{2,6}$/)))

/** The answer to the creation. */
export const newRequest = z.extend(loginRequest, { number, secret: z.string() })

/** As it is read: number and passcode are for whoever knows the secret. */
export const seenRequest = z.extend(loginRequest, {
  number: z.optional(number),
  passcode: z.optional(z.string().check(z.regex(/^\d{8}$/))),
})

export type LoginRequestView = z.infer<typeof seenRequest> & {
  /** in the answer to the creation only */
  secret?: string
}

export const redeemed = z.object({
  username: z.string(),
  userId,
  /** RFC 8176 */
  amr: z.array(z.string()),
  token: tokenId,
  device: deviceId,
  approvedAt: timestampSchema,
  numberMatched: z.boolean(),
})
export type Redeemed = z.infer<typeof redeemed>

export const verified = z.union([
  z.object({ valid: z.literal(true), token: z.nullable(tokenId) }),
  z.object({ valid: z.literal(false), reason: z.enum(['locked', 'replayed', 'wrong']) }),
])
export type Verified = z.infer<typeof verified>
