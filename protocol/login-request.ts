// The words of a login request's life that every side shares.
import * as z from 'zod/mini'

export const purpose = z.enum(['sign-in', 'verify-caller'])
export type Purpose = z.infer<typeof purpose>

export const requestState = z.enum(['pending', 'approved', 'denied', 'expired', 'cancelled'])
export type RequestState = z.infer<typeof requestState>

export const denialReason = z.enum(['declined', 'not_me', 'wrong_number', 'wrong_passcode'])
export type DenialReason = z.infer<typeof denialReason>

export const delivery = z.enum(['none', 'queued', 'failed', 'sent', 'shown'])
export type Delivery = z.infer<typeof delivery>

export const unlock = z.enum(['none', 'webauthn', 'pin'])
export type Unlock = z.infer<typeof unlock>

export const approval = z.enum(['standard', 'enhanced'])
export type Approval = z.infer<typeof approval>

export const numberDigits = z.union([z.literal(2), z.literal(3), z.literal(6)])
export type NumberDigits = z.infer<typeof numberDigits>

export const otpSettings = z.object({
  digits: z.union([z.literal(6), z.literal(8)]),
  period: z.union([z.literal(30), z.literal(60)]),
})
export type OtpSettings = z.infer<typeof otpSettings>

/** What a token asks of the person who approves with it. */
export type TokenPolicy = {
  unlock: Unlock
  approval: Approval
  numberMatching: boolean
  numberDigits: NumberDigits
  otp: OtpSettings
}

/** Enhanced approval is one press and nothing more, so it goes with nothing that asks for more. */
export function isCompatible(policy: Pick<TokenPolicy, 'unlock' | 'approval' | 'numberMatching'>): boolean {
  return policy.approval === 'standard' || (policy.unlock === 'none' && !policy.numberMatching)
}

/** RFC 3339, UTC, milliseconds. */
export function timestamp(epochMs: number): string {
  return new Date(epochMs).toISOString()
}

/** The same, where there may be none. */
export const timeOrNull = (epochMs: number | null) => (epochMs === null ? null : timestamp(epochMs))

export const timestampSchema = z.string().check(
  z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  // No calendar has a 40th of May.
  z.refine((text) => Number.isFinite(Date.parse(text)), 'must be a time that there is'),
)
