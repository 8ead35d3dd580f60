// /admin/v1: what a person approves with.
import * as z from 'zod/mini'
import { deviceId, tokenId, userId } from '../ids.ts'
import { approval, numberDigits, timestampSchema, unlock } from '../login-request.ts'
import { plainText } from '../text.ts'
import { cursor } from './cursor.ts'
import { reason } from './reason.ts'

export const tokenDemands = {
  label: z.string(),
  unlock,
  approval,
  numberMatching: z.boolean(),
  numberDigits,
}

const tokenState = z.enum(['active', 'suspended', 'revoked'], 'must be active, suspended or revoked')

export const tokenEntry = z.object({
  id: tokenId,
  ...tokenDemands,
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
