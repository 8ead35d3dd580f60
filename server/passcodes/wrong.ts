// A wrong one of what people type is counted, of whatever kind it was, and what is typed is locked after so many in a row.
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { raise, record } from '../audit/record.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Store } from '../store/store.ts'
import { type ThrottleRow, updateThrottle } from '../throttling/throttle.ts'
import { afterWrong } from './lock.ts'

type About = { at: number; user: UserId; application?: ApplicationId }
/** `throttle`: as it was read before it was looked at; `most`: how many in a row lock; `detail`: for the audit log */
type Counted = { throttle: ThrottleRow; most: number; detail?: Record<string, unknown> }

/** @returns false where something was counted since: read again and look again */
export function countWrong(
  needs: TellNeeds & { store: Store },
  about: About,
  { throttle, most, detail }: Counted,
): Promise<boolean> {
  const { lockedNow, ...counts } = afterWrong(throttle, most, about.at)
  return needs.store.write(async (tx, announce) => {
    // The first statement finds out whether another attempt was counted since: guesses sent all at once are counted
    // one by one, and none is checked after the one that locks.
    if (!(await updateThrottle(tx, throttle, counts))) return false
    await record(tx, { ...about, kind: 'passcode-refused', detail: { reason: 'wrong', ...detail } })
    const { passcode_failures: failures, passcodes_locked_until: until } = counts
    if (lockedNow) {
      await raise(tx, { ...about, kind: 'passcodes-locked', detail: { failures, until: timestamp(until) } })
      await tell(tx, { ...needs, announce }, { user: about.user, kind: 'passcodes-locked', detail: { until } })
    }
    return true
  })
}
