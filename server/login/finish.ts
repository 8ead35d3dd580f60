// The second factor is there: by the passcode that reached the page, or by one that was typed.
import type { Verified } from '../../protocol/application-answers.ts'
import type { DeviceId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { ACR_PASSCODE, ACR_PASSWORD, ACR_PUSH, type Acr, signInAmr } from '../../protocol/sign-in.ts'
import { record } from '../audit/record.ts'
import type { Tried } from '../passcodes/try-passcode.ts'
import { requireRight, verifyTyped } from '../passcodes/verify.ts'
import type { From } from '../policy/unusual.ts'
import { dropRequest, unlessSettled } from '../requests/cancel.ts'
import { redeemed, redeemRequest } from '../requests/redeem.ts'
import type { RequestRow } from '../requests/state.ts'
import type { Db } from '../store/schema.ts'
import { together } from '../store/together.ts'
import type { LoginNeeds } from './needs.ts'
import { requestOf, secretCell } from './push.ts'
import { completeSignIn, FIRST_FACTOR_ELSEWHERE, type SignInRow } from './rows.ts'
import type { UnderWay } from './under-way.ts'

/** What relying parties will be told. */
export type Outcome = {
  amr: string[]
  acr: Acr
  at: number
  /** for the account page: on which device the passcode stood that was typed */
  device?: DeviceId
  /** milliseconds; for the account page: when the recovery code or the help desk's passcode was made that was used */
  codeMadeAt?: number
}

export const outcomeOf = (signIn: SignInRow): Outcome | undefined =>
  signIn.outcome === null ? undefined : (JSON.parse(signIn.outcome) as Outcome)

/** What relying parties are told of. A password that was not typed here is not. */
export const amrOf = ({ interaction }: SignInRow, second: readonly string[]) =>
  interaction.startsWith(FIRST_FACTOR_ELSEWHERE) ? [...second] : signInAmr(second)

/** @property also to write in the transaction that completes the sign-in */
type Typed = { passcode: string; also: (tx: Db) => Promise<void> }

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
  const secret = needs.sealer.openText(signIn.request_secret, secretCell(signIn.id))
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
    await together([isFirst, accept?.(tx), besides(tx)])
    if (!(await isFirst)) throw new Problem('already-redeemed')
  }
}

/**
 * Passcode and sign-in are written together: where it was complete before, or is over, nothing is spent.
 * @returns false then
 * @throws {Problem} address-blocked, refused-by-policy, wrong-passcode, passcodes-locked, too-many-requests
 */
export async function typePasscode(
  needs: LoginNeeds,
  signIn: SignInRow,
  { passcode, also: besides, ...from }: Typed & From,
): Promise<boolean> {
  if (signIn.outcome !== null) return false
  const { user_id: user, application_id: application } = signIn
  const outcome: Outcome = { amr: amrOf(signIn, ['otp']), acr: ACR_PASSCODE, at: needs.clock.now() }
  const also: Tried['also'] = async (tx, _announce, right) => {
    if (!(await complete(tx, signIn, { ...outcome, ...right }))) throw new OverMeanwhile()
    await besides(tx)
  }
  const isFirst = await unlessOver(verifyTyped(needs, { user, application, passcode, also, ...from }))
  await dropQuestionOf(needs, signIn)
  return isFirst
}

/** Another factor came first: what its devices were asked counts for nothing. */
export async function dropQuestionOf(needs: LoginNeeds, signIn: SignInRow): Promise<void> {
  const request = await requestOf(needs, signIn)
  if (request?.state === 'pending') await unlessSettled(dropRequest(needs, request))
}

/** Completed in another tab, or ended: not the store's `Overtaken`, after which it would be tried anew. */
class OverMeanwhile extends Error {}

async function unlessOver(verifying: Promise<Verified>): Promise<boolean> {
  try {
    requireRight(await verifying)
    return true
  } catch (error) {
    if (error instanceof OverMeanwhile) return false
    throw error
  }
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

export async function complete(
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
