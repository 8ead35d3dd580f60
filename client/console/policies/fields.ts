// The members of a policy as an operator sees them: what kind of field each is, under which heading.
import { isOfApplication, PERSON_WIDE, type PolicyMember, RANGES, RISK_ANSWERS } from '../../../protocol/policy.ts'

export type WholeMember = keyof typeof RANGES
export type LinesMember = 'trustedNetworks' | 'refusedNetworks' | 'refusedCountries'

const CHOICES = {
  numberMatching: ['on', 'when-risky', 'off'],
  numberDigits: [2, 3, 6],
  unlock: ['webauthn', 'none'],
  approval: ['standard', 'enhanced'],
  typedPasscodes: [true, false],
  recoveryCodes: [true, false],
  activationByMail: [true, false],
  activationPassword: [true, false],
  activationConfirmed: [true, false],
  withoutNumber: ['passcode', 'approval'],
  passwordAtGateway: [false, true],
  onNewPlace: RISK_ANSWERS,
  onNewClient: RISK_ANSWERS,
  onRecentDenials: RISK_ANSWERS,
} as const satisfies { [Member in PolicyMember]?: readonly (string | number | boolean)[] }
export type ChoiceMember = keyof typeof CHOICES

export const choicesOf = (member: ChoiceMember): readonly (string | number | boolean)[] => CHOICES[member]

export const isChoice = (member: PolicyMember): member is ChoiceMember => Object.hasOwn(CHOICES, member)
export const isWhole = (member: PolicyMember): member is WholeMember => Object.hasOwn(RANGES, member)

export const CHAPTERS = [
  {
    name: 'asks',
    members: ['numberMatching', 'numberDigits', 'unlock', 'approval', 'typedPasscodes', 'recoveryCodes', 'quietHours'],
  },
  { name: 'doors', members: ['withoutNumber', 'passwordAtGateway'] },
  { name: 'risk', members: ['onNewPlace', 'onNewClient', 'onRecentDenials'] },
  {
    name: 'where',
    members: ['trustedNetworks', 'refusedNetworks', 'refusedCountries', 'workingHours'],
  },
  { name: 'time', members: ['requestLifetime', 'moreTime'] },
  {
    name: 'limits',
    members: [
      'requestsPerMinute',
      'pendingRequests',
      'wrongNumbers',
      'wrongPasscodes',
      'temporaryPasscodeHours',
      'refusalsInARow',
      'unansweredInARow',
      'pushPause',
      'reportPause',
    ],
  },
  {
    name: 'enrolment',
    members: ['devices', 'activationLife', 'activationByMail', 'activationPassword', 'activationConfirmed'],
  },
] as const satisfies readonly { name: string; members: readonly PolicyMember[] }[]

/** Without what an application's document says in vain. @param scope `organisation`, or the id of what it is for */
export function chaptersFor(scope: string) {
  const isVain = (member: PolicyMember) => isOfApplication(scope) && PERSON_WIDE.includes(member)
  return CHAPTERS.map(({ name, members }) => ({
    name,
    members: members.filter((member: PolicyMember) => !isVain(member)) as readonly PolicyMember[],
  })).filter(({ members }) => members.length > 0)
}

/** In the order of the form. */
export const MEMBERS: readonly PolicyMember[] = CHAPTERS.flatMap(({ members }): readonly PolicyMember[] => members)
