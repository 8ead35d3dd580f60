// What a help desk does for somebody on the telephone: how they stand, who they are, and a way in until their device is
// there again.
import * as z from 'zod/mini'
import { deviceId, enrolmentId, requestId, temporaryPasscodeId, userId } from '../ids.ts'
import { delivery, denialReason, requestState, timestampSchema } from '../login-request.ts'
import { LONGEST_LINK_HOURS } from './activation-links.ts'
import { liveRequest } from './live.ts'
import { reason } from './reason.ts'

export const LONGEST_TEMPORARY_MINUTES = 7 * 24 * 60

export const standingCall = z.object({ id: userId })
export const standing = z.object({
  pushPausedUntil: z.nullable(timestampSchema),
  passcodesLockedUntil: z.nullable(timestampSchema),
  /** in a row */
  refusals: z.int(),
  unanswered: z.int(),
  wrongPasscodes: z.int(),
  lastRequest: z.nullable(liveRequest),
  temporaryPasscodes: z.array(
    z.object({ id: temporaryPasscodeId, once: z.boolean(), createdAt: timestampSchema, expiresAt: timestampSchema }),
  ),
})
export type Standing = z.infer<typeof standing>

/** Their device shows the reason, as the message of a request. */
export const verifyCallerCall = z.object({
  id: userId,
  reason: reason.check(z.refine((text) => text.length <= 200, 'must have at most 200 characters')),
})
export const callerAsked = z.object({
  request: requestId,
  /** read it out: whoever is really there types it on their device */
  number: z.string(),
  expiresAt: timestampSchema,
})
export type CallerAsked = z.infer<typeof callerAsked>

export const callerPath = z.object({ id: requestId })
export const callerAnswer = z.object({
  state: requestState,
  /** `not_me` also where it was reported after it had been approved */
  reason: z.nullable(denialReason),
  delivery,
  /** approved, with the number typed on their device, and not reported since */
  verified: z.boolean(),
  expiresAt: timestampSchema,
})
export type CallerAnswer = z.infer<typeof callerAnswer>

export const issuePasscodeCall = z.object({
  id: userId,
  reason,
  /** good for one sign-in, or for as many as there are until it ends */
  once: z.optional(z.boolean()),
  minutes: z.optional(z.int().check(z.minimum(5), z.maximum(LONGEST_TEMPORARY_MINUTES))),
})
export const issuedPasscode = z.object({
  id: temporaryPasscodeId,
  /** told once */
  passcode: z.string(),
  once: z.boolean(),
  expiresAt: timestampSchema,
})
export type IssuedPasscode = z.infer<typeof issuedPasscode>

export const endPasscodeCall = z.object({ id: temporaryPasscodeId, reason })

export const moveCall = z.object({
  id: userId,
  /** the one that goes when the new one can approve */
  device: deviceId,
  reason,
  delivery: z.optional(z.enum(['show', 'mail'], 'must be show or mail')),
  expiresInMinutes: z.optional(
    z
      .int()
      .check(z.minimum(1, 'must be at least a minute'), z.maximum(LONGEST_LINK_HOURS * 60, 'must be 30 days at most')),
  ),
})
export const madeMove = z.object({
  enrolment: enrolmentId,
  expiresAt: timestampSchema,
  /** where it was mailed to; null: it is shown */
  mailedTo: z.nullable(z.string()),
  /** told once, and only where it was not mailed */
  activationUrl: z.nullable(z.string()),
  code: z.nullable(z.string()),
})
export type MadeMove = z.infer<typeof madeMove>
