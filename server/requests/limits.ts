// Whether one more request may go to this person's devices: what stands between them and an attacker who holds the
// password and sends pushes at night.
import type { Limits } from '../../protocol/limits.ts'
import type { LimitsHeld } from '../policy/limits.ts'
import type { ThrottlesTable } from '../store/schema.ts'
import { elapsed } from '../throttling/elapsed.ts'

export type AskFacts = {
  pausedUntil: number
  /** creation times of the user's requests inside the window, oldest first */
  recent: number[]
  /** expiry times of the pending ones */
  pending: number[]
}

export type AskAnswer = { may: true } | { may: false; because: 'push-paused' | 'too-many-requests'; until: number }

export function mayAsk(limits: Limits, facts: AskFacts, now: number): AskAnswer {
  if (now < facts.pausedUntil) return { may: false, because: 'push-paused', until: facts.pausedUntil }
  const { count, seconds } = limits.requestsPerUser
  const window = seconds * 1000
  const inWindow = facts.recent.filter((at) => elapsed(at, now, window) < window)
  if (inWindow.length >= count) {
    const leaving = inWindow[inWindow.length - count] ?? now
    return { may: false, because: 'too-many-requests', until: now + window - elapsed(leaving, now, window) }
  }
  if (facts.pending.length >= limits.pendingPerUser.count)
    return { may: false, because: 'too-many-requests', until: Math.min(...facts.pending) }
  return { may: true }
}

type Counts = Pick<ThrottlesTable, 'refusals' | 'unanswered' | 'push_paused_until'>

/** What an ending does to the counts since the last approval. */
export function afterEnding(
  limits: LimitsHeld,
  counts: Counts,
  ending: 'approved' | 'refused' | 'unanswered' | 'reported',
  now: number,
): Counts & { pausedNow: boolean } {
  if (ending === 'approved')
    return { refusals: 0, unanswered: 0, push_paused_until: counts.push_paused_until, pausedNow: false }
  const refusals = counts.refusals + (ending === 'refused' || ending === 'reported' ? 1 : 0)
  const unanswered = counts.unanswered + (ending === 'unanswered' ? 1 : 0)
  const pauses =
    ending === 'reported' ||
    (ending === 'refused' && refusals >= limits.refusalsInARow.count) ||
    (ending === 'unanswered' && unanswered >= limits.unansweredInARow.count)
  const pause = (ending === 'reported' ? limits.reportPause : undefined) ?? limits.pushPause
  const until = pauses ? now + pause.seconds * 1000 : 0
  return {
    refusals,
    unanswered,
    push_paused_until: Math.max(counts.push_paused_until, until),
    pausedNow: pauses && until > counts.push_paused_until,
  }
}
