// A recovery code stands in for the device. What the policy refuses of a typed passcode is refused here too: networks, hours,
// what is unusual, and recovery codes themselves. It is not asked to be unlocked, for it is there for whoever has lost what
// could be. A wrong one counts among the wrong passcodes (NIST SP 800-63B-4 §3.2.2), and what locks those locks it.
import { Problem } from '../../protocol/problems.ts'
import { ACR_PASSCODE } from '../../protocol/sign-in.ts'
import { record } from '../audit/record.ts'
import { tell } from '../notices/tell.ts'
import { countWrong } from '../passcodes/wrong.ts'
import { admit, refuse } from '../policy/admit.ts'
import type { Effective } from '../policy/effective.ts'
import { type From, heldFrom } from '../policy/unusual.ts'
import { isRecoveryCode, mayRecover, spendRecoveryCode } from '../recovery/codes.ts'
import type { Db } from '../store/schema.ts'
import { mustWin, Overtaken, unlessOvertaken, untilWon } from '../store/until-won.ts'
import { takeHit } from '../throttling/hits.ts'
import { NO_WRONG_PASSCODES, readThrottle, type ThrottleRow, updateThrottle } from '../throttling/throttle.ts'
import { whereFrom } from '../whereabouts/context.ts'
import { amrOf, complete, dropQuestionOf, type Outcome } from './finish.ts'
import type { LoginNeeds } from './needs.ts'
import type { SignInRow } from './rows.ts'

/** @property also to write in the transaction that completes the sign-in */
type Given = { code: string; address: string; also: (tx: Db) => Promise<void> } & From

/**
 * @returns false where it was complete before
 * @throws {Problem} address-blocked, refused-by-policy, wrong-passcode, passcodes-locked, too-many-requests, no-sign-in
 */
export async function typeRecoveryCode(needs: LoginNeeds, signIn: SignInRow, given: Given): Promise<boolean> {
  if (signIn.outcome !== null) return false
  const { user_id: user, application_id: application } = signIn
  const { store, clock, limits } = needs
  const subject = { user, application, address: given.address }
  await needs.blocks.refuse(given.address)
  const held = await needs.policies.of(subject)
  await admit(needs, held, subject)
  if (!mayRecover(held)) await refuse(needs, subject, 'recovery-codes')
  const rate = limits.verifiesPerUserAndApplication
  await takeHit(store, { bucket: `recovery:${user}`, rate, now: clock.now(), user })
  const said = await untilWon(() => attempt(needs, signIn, { given, held }))
  if (said === 'locked') throw new Problem('passcodes-locked')
  if (said === 'wrong') throw new Problem('wrong-passcode')
  await dropQuestionOf(needs, signIn)
  return true
}

/** @returns undefined where something changed since it was read */
async function attempt(
  needs: LoginNeeds,
  signIn: SignInRow,
  { given, held }: { given: Given; held: Effective },
): Promise<'right' | 'wrong' | 'locked' | undefined> {
  const { store, clock, limits, locate } = needs
  const { user_id: user, application_id: application } = signIn
  const at = clock.now()
  // Read before the codes: one that is spent in between has raised its version.
  const throttle = await readThrottle(store.read, user)
  if (heldFrom(held, given, { kept: throttle, locate, now: at }) === 'refused')
    return refuse(needs, { user, application, address: given.address }, 'risk')
  const about = { at, user, application }
  // While it is locked nothing is looked at, so a right one shows no more than a wrong one.
  if (throttle.passcodes_locked_until > at) {
    const detail = { reason: 'locked', recovery: true }
    await store.write((tx) => record(tx, { ...about, kind: 'passcode-refused', detail }))
    return 'locked'
  }
  if (await isRecoveryCode(store.read, user, given.code)) return signInBy(needs, signIn, { throttle, given, at })
  const most = held.wrongPasscodes?.value ?? limits.wrongPasscodes.count
  return (await countWrong(needs, about, { throttle, most, detail: { recovery: true } })) ? 'wrong' : undefined
}

/** @returns undefined where something was counted since, or the code was spent */
async function signInBy(
  needs: LoginNeeds,
  signIn: SignInRow,
  { throttle, given, at }: { throttle: ThrottleRow; given: Given; at: number },
): Promise<'right' | undefined> {
  // Once more: what was blocked since it was first looked at lets nobody in.
  await needs.blocks.refuse(given.address)
  const { user_id: user, application_id: application } = signIn
  const written = needs.store.write(async (tx, announce) => {
    await mustWin(updateThrottle(tx, throttle, NO_WRONG_PASSCODES))
    const codeMadeAt = await spendRecoveryCode(tx, user, given.code, at)
    if (codeMadeAt === undefined) throw new Overtaken()
    const outcome: Outcome = { amr: amrOf(signIn, ['otp']), acr: ACR_PASSCODE, at, codeMadeAt }
    if (!(await complete(tx, signIn, outcome, { by: 'recovery-code' }))) throw new Problem('no-sign-in')
    await given.also(tx)
    const detail = { ...whereFrom(needs.locate, given.address) }
    await record(tx, { at, kind: 'recovery-code-used', user, application, detail })
    await tell(tx, { ...needs, announce }, { user, kind: 'recovery-code-used' })
    return 'right' as const
  })
  return unlessOvertaken(written)
}
