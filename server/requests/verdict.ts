// What a decision that passed every check does: approve, deny, or report.
import { hash } from 'node:crypto'
import { bindingText } from '../../protocol/binding.ts'
import type { DecisionPayload } from '../../protocol/decision.ts'
import type { Decided } from '../../protocol/device-api.ts'
import { Problem, type ProblemDocument } from '../../protocol/problems.ts'
import { HELP_DESK } from '../applications/built-in.ts'
import type { DeviceRow } from '../devices/device-rows.ts'
import type { TokenRow } from '../devices/token-rows.ts'
import { ocraKeyOf } from '../devices/token-secrets.ts'
import type { TellNeeds } from '../notices/news.ts'
import { expectedPasscode } from '../passcodes/ocra.ts'
import { limitsFor } from '../policy/limits.ts'
import { sameText } from '../store/digest.ts'
import type { DecisionsTable, Target } from '../store/schema.ts'
import type { ThrottleRow } from '../throttling/throttle.ts'
import { reportAll } from './report.ts'
import { numberCell, passcodeCell } from './sealed.ts'
import { type Ending, type SettleNeeds, writeEnding } from './settle.ts'
import { asOf, type RequestEvent, type RequestRow, transition } from './state.ts'
import { deviceView } from './views.ts'

export type VerdictNeeds = SettleNeeds & TellNeeds

export type Answer = { status: 200; body: Decided } | { status: 403; body: ProblemDocument }

/** A decision that passed every check. */
export type Checked = {
  jws: string
  device: DeviceRow
  payload: DecisionPayload
  request: RequestRow
  /** as what it was sent to that device */
  target: Target
  token: TokenRow
  /** what counts against the user, where that was read with the rest */
  counts?: ThrottleRow | undefined
}

/** @returns undefined where the request changed in the meantime: check again */
export async function settleAs(needs: VerdictNeeds, decision: Checked): Promise<Answer | undefined> {
  const { payload } = decision
  const binding = expectedBinding(needs, decision)
  const digest = hash('sha256', binding, 'buffer')
  const isBound = sameText(payload.binding, digest.toString('base64url'))
  if (payload.verdict === 'approve') {
    const passcode = expectedPasscode(ocraKeyOf(needs.sealer, decision.token), digest)
    const isRight = sameText(payload.passcode, passcode) && isBound
    return isRight ? approve(needs, decision, binding, payload.passcode) : refuse(needs, decision, binding)
  }
  if (!isBound) throw new Problem('wrong-binding')
  if (decision.token.state === 'suspended') return endAlone(needs, decision, binding)
  return payload.verdict === 'deny' ? deny(needs, decision, binding) : report(needs, decision, binding)
}

/** The same canonical text that the device made from what it showed. */
function expectedBinding({ sealer }: VerdictNeeds, { payload, request, target }: Checked): string {
  const asksNumber = payload.verdict === 'approve' && request.number !== null
  const number = asksNumber ? sealer.openText(request.number ?? '', numberCell(request.id)) : null
  const { id, ...shown } = deviceView(request, target)
  return bindingText({ ...shown, request: id, number })
}

async function approve(needs: VerdictNeeds, decision: Checked, binding: string, passcode: string) {
  const now = needs.clock.now()
  const { request, token, device } = decision
  const event: RequestEvent = {
    type: 'approve',
    token: token.id,
    device: device.id,
    passcode: needs.sealer.seal(passcode, passcodeCell(request.id)),
    // Attack stopped: a caller was taken for this person, and the report of it says that nothing had happened yet.
    redeemUntil: request.application_id === HELP_DESK ? null : now + needs.limits.redeemWindow.seconds * 1000,
  }
  return settle(needs, decision, event, { binding, counts: 'approved', used: token.id })
}

function deny(needs: VerdictNeeds, decision: Checked, binding: string) {
  const event: RequestEvent = { type: 'deny', reason: 'declined', token: decision.token.id, device: decision.device.id }
  return settle(needs, decision, event, { binding, counts: 'refused' })
}

/**
 * What was sent to a token before it was suspended may be ended with it: that alone, and it counts for nothing. Attack
 * stopped: whoever has a stolen phone pauses push with it and signs everybody out, after it was suspended.
 */
async function endAlone(needs: VerdictNeeds, decision: Checked, binding: string): Promise<Answer | undefined> {
  const { request, token, device, payload } = decision
  const { state, reason } = asOf(request, needs.clock.now())
  if (state !== 'pending') return { status: 200, body: { state, reason } }
  const why = payload.verdict === 'report' ? 'not_me' : 'declined'
  return settle(needs, decision, { type: 'deny', reason: why, token: token.id, device: device.id }, { binding })
}

/** A wrong passcode or number counts; the last one allowed ends the request. */
async function refuse(needs: VerdictNeeds, decision: Checked, binding: string) {
  const { user_id: user, application_id: application } = decision.request
  const tries = (await limitsFor(needs, { user, application })).wrongNumbers.count
  const event: RequestEvent = { type: 'wrong-passcode', tries, token: decision.token.id, device: decision.device.id }
  const triesLeft = Math.max(0, tries - decision.request.wrong_passcodes - 1)
  const problem = new Problem('wrong-passcode', { members: { triesLeft } })
  return settle(needs, decision, event, {
    binding,
    ...(triesLeft === 0 ? { counts: 'refused' as const } : {}),
    answer: { status: problem.status as 403, body: problem.document() },
  })
}

async function report(needs: VerdictNeeds, decision: Checked, binding: string): Promise<Answer | undefined> {
  const decided = await reportAll(needs, decision.request, { device: decision.device.id }, (body) =>
    evidence(needs, decision, binding, { status: 200, body }),
  )
  return decided && { status: 200, body: decided }
}

type Settling = Pick<Ending, 'counts' | 'used'> & { binding: string; answer?: Answer }

async function settle(
  needs: VerdictNeeds,
  decision: Checked,
  event: RequestEvent,
  how: Settling,
): Promise<Answer | undefined> {
  const result = transition(decision.request, event, needs.clock.now())
  // Ended between the check and now: checked again, it gets the answer that fits.
  if ('refused' in result) return undefined
  const { row } = result
  const answer: Answer = how.answer ?? { status: 200, body: { state: row.state, reason: row.reason } }
  const won = await writeEnding(needs, {
    user: row.user_id,
    application: row.application_id,
    changes: [{ seen: decision.request, row }],
    counts: how.counts,
    ...(decision.counts && { countedFrom: decision.counts }),
    ...(how.used && { used: how.used }),
    evidence: evidence(needs, decision, how.binding, answer),
  })
  return won ? answer : undefined
}

function evidence(needs: VerdictNeeds, decision: Checked, binding: string, answer: Answer): DecisionsTable {
  return {
    device_id: decision.device.id,
    jti: decision.payload.jti,
    request_id: decision.request.id,
    jws: decision.jws,
    binding,
    status: answer.status,
    answer: JSON.stringify(answer.body),
    at: needs.clock.now(),
  }
}
