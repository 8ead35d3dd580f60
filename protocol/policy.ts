// What an organisation asks of sign-ins, as data: a document for the organisation, one for a group, one for an
// application. Every member is optional; one that is absent leaves what a lighter document, the token or the limits say.
import * as z from 'zod/mini'
import { applicationId, groupId } from './ids.ts'
import { approval, isCompatible, numberDigits } from './login-request.ts'

export const LONGEST_LIFETIME_SECONDS = 600
export const MOST_TIME = 10
const WEEK_MINUTES = 7 * 24 * 60

const whole = (from: number, to: number) =>
  z.int().check(z.minimum(from, `must be at least ${from}`), z.maximum(to, `must be at most ${to}`))

/** Strict: a member that is not known would be a rule that nobody enforces. */
export const policySchema = z.strictObject({
  /** whether the number on the sign-in page is to be typed on the device */
  numberMatching: z.optional(z.enum(['on', 'off'])),
  numberDigits: z.optional(numberDigits),
  /** webauthn: only tokens that fingerprint, face or screen lock unlocks are asked */
  unlock: z.optional(z.enum(['none', 'webauthn'])),
  /** standard: nobody approves by pressing the notification alone, whatever their token says */
  approval: z.optional(approval),
  /** seconds to answer in */
  requestLifetime: z.optional(whole(20, LONGEST_LIFETIME_SECONDS)),
  /** how many times as long, for people who need it */
  moreTime: z.optional(whole(1, MOST_TIME)),
  requestsPerMinute: z.optional(whole(1, 60)),
  /** how many may wait for one person's answer at once */
  pendingRequests: z.optional(whole(1, 20)),
  /** wrong numbers or passcodes on one request, until it is denied */
  wrongNumbers: z.optional(whole(1, 10)),
  /** push pauses after so many refusals in a row, or after so many that nobody answered */
  refusalsInARow: z.optional(whole(1, 100)),
  unansweredInARow: z.optional(whole(1, 100)),
  /** minutes */
  pushPause: z.optional(whole(1, WEEK_MINUTES)),
  /** minutes, after 'It wasn't me!' */
  reportPause: z.optional(whole(1, WEEK_MINUTES)),
  typedPasscodes: z.optional(z.boolean()),
  /** typed passcodes are locked after so many wrong ones in a row */
  wrongPasscodes: z.optional(whole(3, 100)),
  /** the most devices of one person */
  devices: z.optional(whole(1, 100)),
  /** minutes: the longest life of an activation link */
  activationLife: z.optional(whole(5, WEEK_MINUTES)),
})
export type Policy = z.infer<typeof policySchema>
export type PolicyMember = keyof Policy

export const POLICY_MEMBERS = Object.keys(policySchema.shape) as PolicyMember[]

/** Enhanced approval is one press, so no document may ask for it together with what needs more. */
export function isConsistent({ approval = 'standard', unlock = 'none', numberMatching }: Policy): boolean {
  return isCompatible({ approval, unlock, numberMatching: numberMatching === 'on' })
}

export const policyScope = z.union([z.literal('organisation'), groupId, applicationId], {
  error: 'must be organisation, or the id of a group or an application',
})
export type PolicyScope = z.infer<typeof policyScope>

/** To start from. */
export const PRESETS = {
  simple: { numberMatching: 'off', unlock: 'none', approval: 'standard' },
  recommended: { numberMatching: 'on', numberDigits: 2, approval: 'standard' },
  'nist-800-63b-4-aal2': {
    numberMatching: 'on',
    numberDigits: 6,
    unlock: 'webauthn',
    approval: 'standard',
    activationLife: 10,
  },
} as const satisfies Record<string, Policy>
