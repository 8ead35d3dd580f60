// /admin/v1: what a person approves with, and the links that make more of it.
import * as z from 'zod/mini'
import { deviceId, enrolmentId, tokenId, userId } from '../ids.ts'
import { approval, numberDigits, timestampSchema, unlock } from '../login-request.ts'
import { plainText } from '../text.ts'
import { cursor } from './cursor.ts'
import { reason } from './reason.ts'

const asked = {
  label: z.string(),
  unlock,
  approval,
  numberMatching: z.boolean(),
  numberDigits,
}

const tokenState = z.enum(['active', 'suspended', 'revoked'], 'must be active, suspended or revoked')

export const tokenEntry = z.object({
  id: tokenId,
  ...asked,
  state: tokenState,
  createdAt: timestampSchema,
  lastUsedAt: z.nullable(timestampSchema),
  device: z.object({
    id: deviceId,
    name: z.string(),
    platform: z.string(),
    state: z.enum(['active', 'revoked']),
    /** whether push reaches it */
    subscribed: z.boolean(),
  }),
})
export type TokenEntry = z.infer<typeof tokenEntry>

export const tokenEntries = z.object({ tokens: z.array(tokenEntry) })
export type TokenEntries = z.infer<typeof tokenEntries>

/** unsubscribed: push does not reach its device; unused: for 90 days, or never since it was made that long ago */
export const tokenCondition = z.enum(['unsubscribed', 'unused'], 'must be unsubscribed or unused')
export type TokenCondition = z.infer<typeof tokenCondition>

export const allTokensCall = z.object({
  /** beginnings of the names of whoever holds it */
  search: z.optional(plainText(0, 64)),
  state: z.optional(tokenState),
  /** the beginning of its device's name; without `search` in the order of these names */
  device: z.optional(plainText(0, 64)),
  /** without a state: of those that are active */
  only: z.optional(tokenCondition),
  cursor,
})

/** As the list is narrowed. */
export const exportTokensCall = z.omit(allTokensCall, { cursor: true })

/** A page can be short, or empty, and yet not be the last: `next` is null on that one. */
export const tokenList = z.object({
  tokens: z.array(
    z.extend(tokenEntry, { user: z.object({ id: userId, username: z.string(), displayName: z.string() }) }),
  ),
  next: z.nullable(z.string()),
  /** where there is more by time: everything that was added since was looked at */
  until: z.nullable(timestampSchema),
})
export type TokenList = z.infer<typeof tokenList>

export const ofUser = z.object({ id: userId })

export const tokenDeed = z.object({ id: tokenId, reason })
export const removeDeviceCall = z.object({ id: deviceId, reason })

export const enrolmentEntry = z.object({
  id: enrolmentId,
  user: z.object({ id: userId, username: z.string(), displayName: z.string() }),
  ...asked,
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

export const createEnrolmentCall = z.object({
  user: userId,
  reason,
  unlock: z.optional(z.enum(['none', 'webauthn'], 'must be none or webauthn')),
  approval: z.optional(approval),
  numberMatching: z.optional(z.boolean()),
  numberDigits: z.optional(numberDigits),
  expiresInMinutes: z.optional(
    z
      .int()
      .check(z.minimum(1, 'must be at least a minute'), z.maximum(LONGEST_LINK_HOURS * 60, 'must be 30 days at most')),
  ),
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
