// A typed passcode at a door, and one that shows that somebody's device is at hand.
import type { Verified } from '../../protocol/application-answers.ts'
import type { ApplicationId, TokenId } from '../../protocol/ids.ts'
import type { Limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import { admit, refuse as refuseByPolicy } from '../policy/admit.ts'
import type { Policies } from '../policy/book.ts'
import { untilWon } from '../store/until-won.ts'
import { takeHit } from '../throttling/hits.ts'
import { refuseBlocked, type Tried, type TryNeeds, tryPasscode, type Written } from './try-passcode.ts'

export type VerifyNeeds = TryNeeds & {
  policies: Policies
  limits: Pick<Limits, 'wrongPasscodes' | 'verifiesPerUserAndApplication'>
}

/** From where it was typed, if that is known. */
export type Typed = Omit<Tried, 'token' | 'within'> & { application: ApplicationId }

/** A passcode that shows that this token was unlocked just now. */
export type Fresh = Pick<Tried, 'user' | 'passcode' | 'within'> & { token: TokenId; also: Written }

/** @throws {Problem} address-blocked, refused-by-policy, too-many-requests */
export async function verifyTyped(needs: VerifyNeeds, typed: Typed): Promise<Verified> {
  await refuseBlocked(needs, typed)
  const held = await needs.policies.of(typed)
  await admit(needs, held, typed)
  if (held.typedPasscodes?.value === false) await refuseByPolicy(needs, typed, 'typed-passcodes')
  const most = held.wrongPasscodes?.value ?? needs.limits.wrongPasscodes.count
  await takeHit(needs.store, {
    bucket: `verify:${typed.user}:${typed.application}`,
    rate: needs.limits.verifiesPerUserAndApplication,
    now: needs.clock.now(),
    user: typed.user,
  })
  return untilWon(() => tryPasscode(needs, typed, { most, held }))
}

/** Counted like any other typed passcode. @throws {Problem} too-many-requests, passcodes-locked, wrong-passcode */
export async function requireFresh(needs: VerifyNeeds, fresh: Fresh): Promise<void> {
  const most = (await needs.policies.of(fresh)).wrongPasscodes?.value ?? needs.limits.wrongPasscodes.count
  await takeHit(needs.store, {
    bucket: `verify:${fresh.user}:${fresh.token}`,
    rate: needs.limits.verifiesPerUserAndApplication,
    now: needs.clock.now(),
    user: fresh.user,
  })
  requireRight(await untilWon(() => tryPasscode(needs, fresh, { most })))
}

/** @throws {Problem} passcodes-locked, wrong-passcode */
export function requireRight(verified: Verified): void {
  if (!verified.valid) throw new Problem(verified.reason === 'locked' ? 'passcodes-locked' : 'wrong-passcode')
}
