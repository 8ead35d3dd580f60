// /admin/v1/enrolments: one person's activation links.
import * as z from 'zod/mini'
import { deviceId, enrolmentId, userId } from '../ids.ts'
import { approval, numberDigits, timestampSchema } from '../login-request.ts'
import { plainText } from '../text.ts'
import { cursor } from './cursor.ts'
import { reason } from './reason.ts'
import { tokenDemands } from './tokens.ts'

export const enrolmentEntry = z.object({
  id: enrolmentId,
  user: z.object({ id: userId, username: z.string(), displayName: z.string() }),
  ...tokenDemands,
  /** open: a code that nobody used yet; withdrawn: by an operator, or after too many wrong passcodes */
  state: z.enum(['open', 'used', 'expired', 'withdrawn']),
  createdAt: timestampSchema,
  expiresAt: timestampSchema,
  /** the device that goes when this link becomes a token */
  replaces: z.nullable(z.object({ id: deviceId, name: z.string() })),
  /** how it went by mail; null: it did not go by mail, or that is long ago */
  mail: z.nullable(
    z.object({
      state: z.enum(['waiting', 'sent', 'failed', 'cancelled']),
      to: z.string(),
      error: z.nullable(z.string()),
    }),
  ),
})
export type EnrolmentEntry = z.infer<typeof enrolmentEntry>

export const enrolmentList = z.object({ enrolments: z.array(enrolmentEntry), next: z.nullable(z.string()) })
export type EnrolmentList = z.infer<typeof enrolmentList>

/** Without a user: all that are open. */
export const listEnrolmentsCall = z.object({
  user: z.optional(userId),
  /** of all that are open those of people of whose names each word is a beginning, as users are searched */
  search: z.optional(plainText(0, 64)),
  cursor,
})

export const LONGEST_LINK_HOURS = 24 * 30

/** What a link may ask of the token that is made by it, and how long it is good. */
export const linkWishes = {
  unlock: z.optional(z.enum(['none', 'webauthn'], 'must be none or webauthn')),
  approval: z.optional(approval),
  numberMatching: z.optional(z.boolean()),
  numberDigits: z.optional(numberDigits),
  expiresInMinutes: z.optional(
    z
      .int()
      .check(z.minimum(1, 'must be at least a minute'), z.maximum(LONGEST_LINK_HOURS * 60, 'must be 30 days at most')),
  ),
}

export const createEnrolmentCall = z.object({
  user: userId,
  reason,
  ...linkWishes,
})

/** The code is told once: the store can't give it back. */
export const activationLink = z.object({
  enrolment: enrolmentId,
  activationUrl: z.string(),
  code: z.string(),
  expiresAt: timestampSchema,
  /** members for which the token asks for more than was wished, because the policy does */
  raised: z.array(z.enum(['unlock', 'approval', 'numberMatching', 'numberDigits'])),
})
export type ActivationLink = z.infer<typeof activationLink>

export const enrolmentDeed = z.object({ id: enrolmentId, reason })
