// The life of a request on the sheet, as a pure function. It claims no more than this device knows: an answer that was
// lost is neither an approval nor a denial.
import type { Verdict } from '../../../protocol/decision.ts'
import type { DenialReason, RequestState } from '../../../protocol/login-request.ts'
import type { ProblemSlug } from '../../../protocol/problems.ts'
import type { StorageFault } from '../../device/index.ts'
import type { UnlockFault } from '../unlock/unlock-fault.ts'

export type Trouble =
  | { kind: 'wrong-number' | 'wrong-passcode'; triesLeft: number }
  | { kind: 'unlock'; fault: Exclude<UnlockFault, 'gone'> }
  | { kind: 'refused' }
  /** a decision that can't be kept is not sent */
  | { kind: 'storage'; fault: Exclude<StorageFault, 'evicted'> }

export type Ending =
  | 'approved'
  | 'denied'
  | 'reported'
  /** reported, but it had ended already, and not by an answer */
  | 'reported-over'
  /** reported, but somebody is in already */
  | 'reported-late'
  /** its ten minutes were over when it was to be reported */
  | 'too-late'
  | 'expired'
  | 'cancelled'
  | 'elsewhere'
  | 'wrong-numbers'
  | 'wrong-passcodes'
  | 'inactive'
  | 'token-removed'
  | 'unlock-gone'
  /** the browser has removed what was kept here, keys and all */
  | 'evicted'
  | 'gone'
  /** no answer before the request's time was over */
  | 'unanswered'

export type Phase =
  | { at: 'asking'; trouble?: Trouble }
  | { at: 'unlocking' }
  | { at: 'sending'; verdict: Verdict; retrying: boolean; from?: Ending }
  | { at: 'ended'; ending: Ending; trouble?: Trouble }

type Sending = Extract<Phase, { at: 'sending' }>

export type Settled = {
  state: RequestState
  reason: DenialReason | null
  /** by this device: in another window, or on its notification */
  here?: boolean
}

export type FlowEvent =
  | { type: 'unlock' }
  | { type: 'unlock-failed'; fault: UnlockFault }
  | { type: 'send'; verdict: Verdict }
  /** verdict: what its person has decided since, on the notification */
  | { type: 'unreachable'; verdict?: Verdict }
  | { type: 'not-kept'; fault: StorageFault }
  | { type: 'answered'; answer: Settled }
  | { type: 'refused'; slug: ProblemSlug; triesLeft?: number; settled?: Settled; numbered: boolean }
  /** learned from the server without having asked */
  | { type: 'settled'; settled: Settled }
  /** this device itself can go no further */
  | { type: 'settled-here'; ending: Ending }
  | { type: 'over' }

export function step(phase: Phase, event: FlowEvent): Phase {
  switch (event.type) {
    case 'unlock':
      return phase.at === 'asking' ? { at: 'unlocking' } : phase
    case 'unlock-failed':
      return phase.at === 'unlocking' ? unlockFailed(event.fault) : phase
    case 'send':
      return send(phase, event.verdict)
    case 'unreachable':
      return phase.at === 'sending' ? { ...phase, verdict: event.verdict ?? phase.verdict, retrying: true } : phase
    case 'not-kept':
      return phase.at === 'sending' ? notKept(phase, event.fault) : phase
    case 'answered':
      return phase.at === 'sending' ? ended(endingOf(phase.verdict, event.answer)) : phase
    case 'refused':
      return phase.at === 'sending' ? refused(phase, event) : phase
    case 'settled':
      return phase.at === 'asking' || phase.at === 'unlocking' ? ended(seen(event.settled)) : phase
    case 'settled-here':
      return ended(event.ending)
    case 'over':
      return over(phase)
  }
}

const ended = (ending: Ending): Phase => ({ at: 'ended', ending })

function unlockFailed(fault: UnlockFault): Phase {
  return fault === 'gone' ? ended('unlock-gone') : { at: 'asking', trouble: { kind: 'unlock', fault } }
}

/** What has ended can still be reported, and nothing else. */
function send(phase: Phase, verdict: Verdict): Phase {
  if (phase.at === 'sending') return phase
  if (phase.at === 'ended')
    return verdict === 'report' ? { at: 'sending', verdict, retrying: false, from: phase.ending } : phase
  return { at: 'sending', verdict, retrying: false }
}

function over(phase: Phase): Phase {
  if (phase.at === 'asking' || phase.at === 'unlocking') return ended('expired')
  // A report is welcome after the end of the request too.
  if (phase.at === 'sending' && phase.verdict !== 'report' && phase.retrying) return ended('unanswered')
  return phase
}

/** What an answer to a decision of this device means. */
export function endingOf(verdict: Verdict, { state, reason }: Settled): Ending {
  if (verdict === 'report') return reported(state)
  if (verdict === 'approve' && state === 'approved') return 'approved'
  if (verdict === 'deny' && state === 'denied' && reason === 'declined') return 'denied'
  return seen({ state, reason })
}

function reported(state: RequestState): Ending {
  if (state === 'approved') return 'reported-late'
  return state === 'denied' ? 'reported' : 'reported-over'
}

/** What became of it without this sheet's doing. */
export function seen({ state, reason, here = false }: Settled): Ending {
  if (state === 'expired' || state === 'cancelled') return state
  if (reason === 'wrong_number') return 'wrong-numbers'
  if (reason === 'wrong_passcode') return 'wrong-passcodes'
  if (!here) return 'elsewhere'
  if (state === 'approved') return 'approved'
  return reason === 'not_me' ? 'reported' : 'denied'
}

function notKept(phase: Sending, fault: StorageFault): Phase {
  return fault === 'evicted' ? ended('evicted') : back(phase, { kind: 'storage', fault })
}

/** To where it was sent from: the question, or an end that was to be reported. */
function back({ from }: Sending, trouble: Trouble): Phase {
  return from ? { at: 'ended', ending: from, trouble } : { at: 'asking', trouble }
}

/** A report is refused for nothing but the time, unless another one came before it. */
function lateOr({ verdict }: Sending, ending: Ending): Ending {
  return verdict === 'report' && ending !== 'reported' ? 'too-late' : ending
}

function refused(
  phase: Sending,
  { slug, triesLeft, settled, numbered }: Extract<FlowEvent, { type: 'refused' }>,
): Phase {
  switch (slug) {
    case 'wrong-passcode':
      if (triesLeft === 0) return ended(numbered ? 'wrong-numbers' : 'wrong-passcodes')
      return {
        at: 'asking',
        trouble: { kind: numbered ? 'wrong-number' : 'wrong-passcode', triesLeft: triesLeft ?? 0 },
      }
    case 'already-settled':
      return ended(lateOr(phase, settled ? seen(settled) : 'elsewhere'))
    case 'expired':
      return ended(lateOr(phase, 'expired'))
    case 'token-inactive':
      return ended('inactive')
    case 'unknown-request':
    case 'unknown-device':
      return ended('gone')
    default:
      return back(phase, { kind: 'refused' })
  }
}
