// What holds for one person at one application, and why: a pure function of the documents.
import {
  PERSON_WIDE,
  POLICY_MEMBERS,
  type Policy,
  type PolicyMember,
  type PolicyScope,
  RISK_ANSWERS as RISING,
  type RiskAnswer,
} from '../../protocol/policy.ts'

export type Source = { scope: PolicyScope; policy: Policy }
type Held<Value> = { value: Value; from: PolicyScope[] }
/** A member is absent where no document speaks of it. */
export type Effective = { [Member in PolicyMember]?: Held<NonNullable<Policy[Member]>> }

type Value<Member extends PolicyMember> = NonNullable<Policy[Member]>
type Stricter = { [Member in PolicyMember]-?: (a: Value<Member>, b: Value<Member>) => Value<Member> }

const MATCHING = ['off', 'when-risky', 'on'] as const
const stronger = (a: RiskAnswer, b: RiskAnswer) => (RISING.indexOf(a) > RISING.indexOf(b) ? a : b)

/** Between the groups of one person. */
const STRICTER: Stricter = {
  numberMatching: (a, b) => MATCHING[Math.max(MATCHING.indexOf(a), MATCHING.indexOf(b))] ?? a,
  numberDigits: (a, b) => Math.max(a, b) as typeof a,
  unlock: (a, b) => (a === 'webauthn' ? a : b),
  approval: (a, b) => (a === 'standard' ? a : b),
  requestLifetime: Math.min,
  // Somebody who needs more time needs it whatever else they belong to.
  moreTime: Math.max,
  requestsPerMinute: Math.min,
  pendingRequests: Math.min,
  wrongNumbers: Math.min,
  refusalsInARow: Math.min,
  unansweredInARow: Math.min,
  pushPause: Math.max,
  reportPause: Math.max,
  typedPasscodes: (a, b) => a && b,
  recoveryCodes: (a, b) => a && b,
  wrongPasscodes: Math.min,
  temporaryPasscodeHours: Math.min,
  devices: Math.min,
  activationLife: Math.min,
  activationByMail: (a, b) => a && b,
  activationPassword: (a, b) => a || b,
  activationConfirmed: (a, b) => a || b,
  quietHours: Math.min,
  trustedNetworks: (a, b) => a.filter((network) => b.includes(network)),
  refusedNetworks: (a, b) => [...new Set([...a, ...b])],
  refusedCountries: (a, b) => [...new Set([...a, ...b])],
  // Who works two shifts works at both.
  workingHours: (a, b) => [...a, ...b],
  withoutNumber: (a, b) => (a === 'passcode' ? a : b),
  passwordAtGateway: (a, b) => a && b,
  onNewPlace: stronger,
  onNewClient: stronger,
  onRecentDenials: stronger,
}

/**
 * The heavier wins, member by member: the application's over the groups' over the organisation's. What a person needs is
 * theirs wherever they sign in: it goes together with what is heaviest, and the more generous of the two holds. What is
 * of a person wherever they are, such as how many devices they have, no application has a say in.
 */
export function effectivePolicy(documents: {
  organisation?: Source | undefined
  groups: readonly Source[]
  application?: Source | undefined
  person?: Source | undefined
}): Effective {
  const { organisation, groups, application, person } = documents
  const one = (source: Source | undefined) => (source ? [source] : [])
  const byWeight = [one(application), groups, one(organisation)]
  const held = POLICY_MEMBERS.flatMap((member) => {
    const weighed = PERSON_WIDE.includes(member) ? byWeight.slice(1) : byWeight
    const level = weighed.find((sources) => sources.some(({ policy }) => policy[member] !== undefined))
    const needed = person?.policy[member] === undefined ? [] : [person]
    const speaking = [...(level ?? []), ...needed]
    return speaking.length > 0 ? [[member, strictest(member, speaking)] as const] : []
  })
  return Object.fromEntries(held) as Effective
}

function strictest<Member extends PolicyMember>(member: Member, level: readonly Source[]): Held<unknown> {
  const speaking = level.filter(({ policy }) => policy[member] !== undefined)
  const stricter = STRICTER[member] as (a: unknown, b: unknown) => unknown
  const value = speaking.map(({ policy }) => policy[member] as unknown).reduce((a, b) => stricter(a, b))
  const same = speaking.filter(({ policy }) => JSON.stringify(policy[member]) === JSON.stringify(value))
  // Where several make it up together, all of them are why.
  return { value, from: (same.length > 0 ? same : speaking).map(({ scope }) => scope) }
}
