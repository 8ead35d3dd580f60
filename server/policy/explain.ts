// 'What holds for alice at Harbour, and why': every member, with the documents that make it so.
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { PolicyExplained } from '../../protocol/operator-api/policies.ts'
import { POLICY_MEMBERS, type PolicyMember } from '../../protocol/policy.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Store } from '../store/store.ts'
import type { Policies } from './book.ts'
import type { Effective } from './effective.ts'
import { LONGEST_TEMPORARY_HOURS, limitsUnder } from './limits.ts'
import { namesOf } from './rows.ts'

type Needs = { store: Store; policies: Policies; limits: Limits }

/** @throws {Problem} unknown-user, unknown-application */
export async function explainPolicy(
  { store, policies, limits }: Needs,
  { user, application }: { user: UserId; application?: ApplicationId | undefined },
): Promise<PolicyExplained> {
  const known = await namesOf(store.read, application ? [user, application] : [user])
  if (!known.has(user)) throw new Problem('unknown-user')
  if (application && !known.has(application)) throw new Problem('unknown-application')
  const held = await policies.of({ user, application })
  const names = await namesOf(
    store.read,
    POLICY_MEMBERS.flatMap((member) => held[member]?.from ?? []),
  )
  const usual = usually(limits, held)
  return {
    members: POLICY_MEMBERS.map((member) => ({
      member,
      value: held[member]?.value ?? usual[member] ?? null,
      from: (held[member]?.from ?? []).map((scope) => ({ scope, name: names.get(scope) ?? null })),
    })),
  }
}

/** Where no document speaks. */
function usually(limits: Limits, held: Effective): { [Member in PolicyMember]?: unknown } {
  const { requestLifetime, requestsPerUser, pushPause, ...counts } = limitsUnder(limits, {})
  return {
    requestLifetime: requestLifetime.seconds,
    moreTime: 1,
    ...(requestsPerUser.seconds === 60 && { requestsPerMinute: requestsPerUser.count }),
    pendingRequests: counts.pendingPerUser.count,
    wrongNumbers: counts.wrongNumbers.count,
    refusalsInARow: counts.refusalsInARow.count,
    unansweredInARow: counts.unansweredInARow.count,
    pushPause: pushPause.seconds / 60,
    reportPause: held.pushPause?.value ?? pushPause.seconds / 60,
    typedPasscodes: true,
    recoveryCodes: true,
    wrongPasscodes: counts.wrongPasscodes.count,
    temporaryPasscodeHours: LONGEST_TEMPORARY_HOURS,
    devices: counts.devicesPerUser.count,
    activationLife: 24 * 60,
    activationByMail: true,
    activationPassword: false,
    activationConfirmed: false,
    quietHours: 0,
    withoutNumber: 'passcode',
    passwordAtGateway: false,
  }
}
