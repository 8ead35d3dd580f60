// What an organisation asks of sign-ins, as data: a document for the organisation, one for a group, one for an
// application, and for one person what they need and no rule. Every member is optional; one that is absent leaves what a
// lighter document, the token or the limits say.
import * as z from 'zod/mini'
import { type ApplicationId, applicationId, type GroupId, groupId, type UserId, userId } from './ids.ts'
import { approval, isCompatible, numberDigits } from './login-request.ts'

export const LONGEST_LIFETIME_SECONDS = 600
export const MOST_TIME = 10
const WEEK_MINUTES = 7 * 24 * 60

/** The members that are whole numbers, from and to. */
export const RANGES = {
  requestLifetime: [20, LONGEST_LIFETIME_SECONDS],
  moreTime: [1, MOST_TIME],
  requestsPerMinute: [1, 60],
  pendingRequests: [1, 20],
  wrongNumbers: [1, 10],
  refusalsInARow: [1, 100],
  unansweredInARow: [1, 100],
  pushPause: [1, WEEK_MINUTES],
  reportPause: [1, WEEK_MINUTES],
  wrongPasscodes: [3, 100],
  temporaryPasscodeHours: [0, 7 * 24],
  devices: [1, 100],
  activationLife: [5, WEEK_MINUTES],
  quietHours: [0, 30 * 24],
} as const satisfies Record<string, readonly [number, number]>

const whole = (from: number, to: number) =>
  z.int().check(z.minimum(from, `must be at least ${from}`), z.maximum(to, `must be at most ${to}`))

const network = z.string().check(z.minLength(1), z.maxLength(64))
const time = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time, as 08:30'))

const workingHours = z.strictObject({
  /** as the tz database names it */
  zone: z.string().check(z.minLength(1), z.maxLength(64)),
  /** 1 Monday to 7 Sunday */
  days: z.array(whole(1, 7)).check(z.minLength(1), z.maxLength(7)),
  from: time,
  /** before `from`: on the next day */
  until: time,
})
export type WorkingHours = z.infer<typeof workingHours>

export const RISK_ANSWERS = ['nothing', 'number', 'number-and-unlock', 'refuse'] as const
export type RiskAnswer = (typeof RISK_ANSWERS)[number]
const riskAnswer = z.enum(RISK_ANSWERS)

/** Strict: a member that is not known would be a rule that nobody enforces. */
export const policySchema = z.strictObject({
  /** whether the number on the sign-in page is to be typed on the device */
  numberMatching: z.optional(z.enum(['on', 'when-risky', 'off'])),
  numberDigits: z.optional(numberDigits),
  /** webauthn: only tokens that fingerprint, face or screen lock unlocks are asked */
  unlock: z.optional(z.enum(['none', 'webauthn'])),
  /** standard: nobody approves by pressing the notification alone, whatever their token says */
  approval: z.optional(approval),
  /** seconds to answer in */
  requestLifetime: z.optional(whole(...RANGES.requestLifetime)),
  /** how many times as long, for people who need it */
  moreTime: z.optional(whole(...RANGES.moreTime)),
  requestsPerMinute: z.optional(whole(...RANGES.requestsPerMinute)),
  /** how many may wait for one person's answer at once */
  pendingRequests: z.optional(whole(...RANGES.pendingRequests)),
  /** wrong numbers or passcodes on one request, until it is denied */
  wrongNumbers: z.optional(whole(...RANGES.wrongNumbers)),
  /** push pauses after so many refusals in a row, or after so many that nobody answered */
  refusalsInARow: z.optional(whole(...RANGES.refusalsInARow)),
  unansweredInARow: z.optional(whole(...RANGES.unansweredInARow)),
  /** minutes */
  pushPause: z.optional(whole(...RANGES.pushPause)),
  /** minutes, after 'It wasn't me!' */
  reportPause: z.optional(whole(...RANGES.reportPause)),
  typedPasscodes: z.optional(z.boolean()),
  /** whether a recovery code may stand in for the device */
  recoveryCodes: z.optional(z.boolean()),
  /** typed passcodes are locked after so many wrong ones in a row */
  wrongPasscodes: z.optional(whole(...RANGES.wrongPasscodes)),
  /** the longest life of a temporary passcode of the help desk; 0: none is given */
  temporaryPasscodeHours: z.optional(whole(...RANGES.temporaryPasscodeHours)),
  /** the most devices of one person */
  devices: z.optional(whole(...RANGES.devices)),
  /** minutes: the longest life of an activation link */
  activationLife: z.optional(whole(...RANGES.activationLife)),
  /** whether activation links may go by mail */
  activationByMail: z.optional(z.boolean()),
  /** whether the password is asked for too when a token is activated */
  activationPassword: z.optional(z.boolean()),
  /** whether a new token waits until an operator has confirmed it */
  activationConfirmed: z.optional(z.boolean()),
  /** for so many hours after a confirmation the password is enough in the same browser, at the same application */
  quietHours: z.optional(whole(...RANGES.quietHours)),
  /** CIDR: from there the sign-in page asks for nothing after the password */
  trustedNetworks: z.optional(z.array(network).check(z.maxLength(200))),
  /** CIDR: nobody signs in from there */
  refusedNetworks: z.optional(z.array(network).check(z.maxLength(200))),
  /** ISO 3166-1, by where an address probably is */
  refusedCountries: z.optional(
    z.array(z.string().check(z.regex(/^[A-Z]{2}$/, 'must be two capital letters'))).check(z.maxLength(250)),
  ),
  /** people sign in during any of these and at no other time */
  workingHours: z.optional(z.array(workingHours).check(z.minLength(1), z.maxLength(20))),
  /** what happens where a number is asked for and the door can't show one */
  withoutNumber: z.optional(z.enum(['passcode', 'approval'])),
  /** at doors with one field, `push` or a passcode alone is enough: the gateway has checked the password itself */
  passwordAtGateway: z.optional(z.boolean()),
  /** what is answered to a sign-in from where, or from what, this person never approved; or soon after they denied one */
  onNewPlace: z.optional(riskAnswer),
  onNewClient: z.optional(riskAnswer),
  onRecentDenials: z.optional(riskAnswer),
})
export type Policy = z.infer<typeof policySchema>
export type PolicyMember = keyof Policy

export const POLICY_MEMBERS = Object.keys(policySchema.shape) as PolicyMember[]

/** Enhanced approval is one press, so no document may ask for it together with what needs more. */
export function isConsistent({ approval = 'standard', unlock = 'none', numberMatching }: Policy): boolean {
  return isCompatible({ approval, unlock, numberMatching: numberMatching === 'on' })
}

/** Where no document says anything of these, each token says it of itself. */
export const TOKEN_MEMBERS: readonly PolicyMember[] = ['numberMatching', 'numberDigits', 'unlock', 'approval']

/** Of a person wherever they sign in: what a document of an application says of these holds nowhere. */
export const PERSON_WIDE: readonly PolicyMember[] = [
  'devices',
  'activationLife',
  'activationByMail',
  'activationPassword',
  'activationConfirmed',
  'temporaryPasscodeHours',
]

/** What a document of this scope would say in vain. @param policy of any scope */
export const vainIn = (scope: string, policy: Policy): PolicyMember[] =>
  isOfApplication(scope) ? PERSON_WIDE.filter((member) => policy[member] !== undefined) : []

export function withoutVain(scope: string, policy: Policy): Policy {
  const vain = vainIn(scope, policy)
  const entries = Object.entries(policy).filter(([member]) => !vain.includes(member as PolicyMember))
  return Object.fromEntries(entries) as Policy
}

/** What may be said for one person by themselves: what they need. Rules for one person would be found by nobody. */
export const PERSONAL_MEMBERS: readonly PolicyMember[] = ['moreTime']

export const policyScope = z.union([z.literal('organisation'), groupId, applicationId, userId], {
  error: 'must be organisation, or the id of a group, an application or a person',
})
export type PolicyScope = z.infer<typeof policyScope>
export const isOfGroup = (scope: string): scope is GroupId => scope.startsWith('grp_')
export const isOfApplication = (scope: string): scope is ApplicationId => scope.startsWith('app_')
export const isOfPerson = (scope: string): scope is UserId => scope.startsWith('usr_')

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
    activationByMail: false,
    quietHours: 0,
    trustedNetworks: [] as string[],
  },
} as const satisfies Record<string, Policy>
