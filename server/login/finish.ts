// The second factor is there: by the passcode that reached the page, or by one that was typed.
import { Problem } from '../../protocol/problems.ts'
import { ACR_PASSCODE, ACR_PASSWORD, ACR_PUSH, type Acr, signInAmr } from '../../protocol/sign-in.ts'
import { record } from '../audit/record.ts'
import { tell } from '../notices/tell.ts'
import { verifyTyped } from '../passcodes/verify.ts'
import { admit, refuse } from '../policy/admit.ts'
import { type From, heldFrom } from '../policy/unusual.ts'
import { mayRecover, spendRecoveryCode } from '../recovery/codes.ts'
import { whereFrom } from '../requests/context.ts'
import { redeemed, redeemRequest } from '../requests/redeem.ts'
import type { RequestRow } from '../requests/state.ts'
import type { Db } from '../store/schema.ts'
import { together } from '../store/together.ts'
import { takeHit } from '../throttling/hits.ts'
import { readThrottle } from '../throttling/throttle.ts'
import type { LoginNeeds } from './needs.ts'
import { endRequest, requestOf, secretPlace } from './push.ts'
import { completeSignIn, FIRST_FACTOR_ELSEWHERE, type SignInRow } from './rows.ts'
import type { UnderWay } from './under-way.ts'

/** What relying parties will be told. */
export type Outcome = { amr: string[]; acr: Acr; at: number }

export const outcomeOf = (signIn: SignInRow): Outcome | undefined =>
  signIn.outcome === null ? undefined : (JSON.parse(signIn.outcome) as Outcome)

/** A password that was not typed here is not told of. */
const amrOf = ({ interaction }: SignInRow, second: readonly string[]) =>
  interaction.startsWith(FIRST_FACTOR_ELSEWHERE) ? [...second] : signInAmr(second)

/** @property also to write in the transaction that completes the sign-in */
type Typed = { passcode: string; also?: ((tx: Db) => Promise<void>) | undefined }

/**
 * Approval and sign-in are written together, with what the application's authorization keeps of it.
 * @returns false where it was complete before
 * @throws {Problem} address-blocked, not-approved, already-redeemed, expired, wrong-passcode, no-sign-in
 */
export async function redeemPasscode(
  needs: LoginNeeds,
  { authorization, signIn }: Pick<UnderWay, 'authorization'> & { signIn: SignInRow },
  { passcode, also: besides }: Typed,
): Promise<boolean> {
  const request = await requestOf(needs, signIn)
  if (signIn.outcome !== null) return false
  if (!request || signIn.request_secret === null) throw new Problem('not-approved')
  const secret = needs.sealer.openText(signIn.request_secret, secretPlace(signIn.id))
  const also =
    request.state === 'approved' ? await letIn(needs, { authorization, signIn, request, besides }) : undefined
  await redeemRequest(needs, request, { secret, passcode, ...(also && { also }) })
  return true
}

type Approved = Pick<UnderWay, 'authorization'> & { signIn: SignInRow; request: RequestRow; besides: Typed['also'] }

async function letIn({ clock }: LoginNeeds, { authorization, signIn, request, besides }: Approved) {
  const { id, user_id: user } = signIn
  const outcome: Outcome = { amr: amrOf(signIn, redeemed(request).amr), acr: ACR_PUSH, at: clock.now() }
  const accept = await authorization.accepting?.({ user, request: request.id, signIn: id, ...outcome })
  return async (tx: Db) => {
    const isFirst = complete(tx, signIn, outcome)
    await together([isFirst, accept?.(tx), besides?.(tx)])
    if (!(await isFirst)) throw new Problem('already-redeemed')
  }
}

/**
 * @returns false where it was complete before, or is over
 * @throws {Problem} refused-by-policy, wrong-passcode, passcodes-locked, too-many-requests
 */
export async function typePasscode(
  needs: LoginNeeds,
  signIn: SignInRow,
  { passcode, also, ...from }: Typed & From,
): Promise<boolean> {
  if (signIn.outcome !== null) return false
  const { user_id: user, application_id: application } = signIn
  const verified = await verifyTyped(needs, { user, application, passcode, ...from })
  if (!verified.valid) throw new Problem(verified.reason === 'locked' ? 'passcodes-locked' : 'wrong-passcode')
  const outcome: Outcome = { amr: amrOf(signIn, ['otp']), acr: ACR_PASSCODE, at: needs.clock.now() }
  const isFirst = await needs.store.write(async (tx) => {
    if (!(await complete(tx, signIn, outcome))) return false
    await also?.(tx)
    return true
  })
  const request = await requestOf(needs, signIn)
  if (request?.state === 'pending') await endRequest(needs, request)
  return isFirst
}

/** Where the policy is content with the password. Relying parties are told that it was all. */
export async function signInUnasked(
  needs: LoginNeeds,
  signIn: SignInRow,
  because: 'trusted-network' | 'remembered-browser',
): Promise<SignInRow> {
  const outcome: Outcome = { amr: ['pwd'], acr: ACR_PASSWORD, at: needs.clock.now() }
  await needs.store.write((tx) => complete(tx, signIn, outcome, { because }))
  return { ...signIn, outcome: JSON.stringify(outcome) }
}

/**
 * A recovery code stands in for the device. What the policy refuses of it is refused here too: networks, hours, what is
 * unusual, and recovery codes themselves. It is not asked to be unlocked, for it is there for whoever has lost what could be.
 * @throws {Problem} refused-by-policy, wrong-passcode, too-many-requests
 */
export async function typeRecoveryCode(
  needs: LoginNeeds,
  signIn: SignInRow,
  { code, ...from }: { code: string } & From,
): Promise<void> {
  if (signIn.outcome !== null) return
  const { user_id: user, application_id: application } = signIn
  const { store, clock, limits } = needs
  const { address } = from
  const subject = { user, application, address }
  const held = await needs.policies.of(subject)
  await admit(needs, held, subject)
  if (!mayRecover(held)) await refuse(needs, subject, 'recovery-codes')
  const at = clock.now()
  const kept = await readThrottle(store.read, user)
  if (heldFrom(held, from, { kept, locate: needs.locate, now: at }) === 'refused') await refuse(needs, subject, 'risk')
  await takeHit(store, { bucket: `recovery:${user}`, rate: limits.verifiesPerUserAndApplication, now: at, user })
  const outcome: Outcome = { amr: amrOf(signIn, ['otp']), acr: ACR_PASSCODE, at }
  const spent = await store.write(async (tx, announce) => {
    if (!(await spendRecoveryCode(tx, user, code, at))) return false
    if (!(await complete(tx, signIn, outcome, { by: 'recovery-code' }))) throw new Problem('no-sign-in')
    const detail = { ...whereFrom(needs.locate, address) }
    await record(tx, { at, kind: 'recovery-code-used', user, application, detail })
    await tell(tx, { ...needs, announce }, { user, kind: 'recovery-code-used' })
    return true
  })
  if (!spent) {
    const detail = { reason: 'wrong', recovery: true }
    await store.write((tx) => record(tx, { at, kind: 'passcode-refused', user, application, detail }))
    throw new Problem('wrong-passcode')
  }
  const request = await requestOf(needs, signIn)
  if (request?.state === 'pending') await endRequest(needs, request)
}

async function complete(
  tx: Db,
  signIn: SignInRow,
  outcome: Outcome,
  more: Record<string, unknown> = {},
): Promise<boolean> {
  if (!(await completeSignIn(tx, signIn.id, JSON.stringify(outcome)))) return false
  await record(tx, {
    at: outcome.at,
    kind: 'signed-in',
    user: signIn.user_id,
    application: signIn.application_id,
    ...(signIn.request_id === null ? {} : { request: signIn.request_id }),
    detail: { acr: outcome.acr, amr: outcome.amr, ...more },
  })
  return true
}
