// The limits of the installation, as a policy leaves them.
import type { Limits } from '../../protocol/limits.ts'
import { LONGEST_LIFETIME_SECONDS } from '../../protocol/policy.ts'
import type { Policies, Who } from './book.ts'
import type { Effective } from './effective.ts'

/** How long a temporary passcode may live where no policy says otherwise. */
export const LONGEST_TEMPORARY_HOURS = 24

/** @property reportPause after 'It wasn't me!'; as every pause where absent */
export type LimitsHeld = Limits & { reportPause?: { seconds: number } }

type Needs = { policies: Policies; limits: Limits }

export async function limitsFor({ policies, limits }: Needs, who: Who): Promise<LimitsHeld> {
  return limitsUnder(limits, await policies.of(who))
}

export function limitsUnder(limits: Limits, held: Effective): LimitsHeld {
  const count = (member: { value: number } | undefined, usual: { count: number }) =>
    member ? { count: member.value } : usual
  const minutes = ({ value }: { value: number }) => ({ seconds: value * 60 })
  const lifetime = held.requestLifetime?.value ?? limits.requestLifetime.seconds
  // NIST SP 800-63B-4 §3.1.3.2; and no door waits for longer than some minutes more.
  const longest = Math.max(LONGEST_LIFETIME_SECONDS, limits.requestLifetime.seconds)
  return {
    ...limits,
    requestLifetime: { seconds: Math.min(lifetime * (held.moreTime?.value ?? 1), longest) },
    requestsPerUser: held.requestsPerMinute
      ? { count: held.requestsPerMinute.value, seconds: 60 }
      : limits.requestsPerUser,
    pendingPerUser: count(held.pendingRequests, limits.pendingPerUser),
    wrongNumbers: count(held.wrongNumbers, limits.wrongNumbers),
    refusalsInARow: count(held.refusalsInARow, limits.refusalsInARow),
    unansweredInARow: count(held.unansweredInARow, limits.unansweredInARow),
    pushPause: held.pushPause ? minutes(held.pushPause) : limits.pushPause,
    ...(held.reportPause && { reportPause: minutes(held.reportPause) }),
    wrongPasscodes: count(held.wrongPasscodes, limits.wrongPasscodes),
    devicesPerUser: count(held.devices, limits.devicesPerUser),
  }
}
