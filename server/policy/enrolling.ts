// What a new token is to ask, under a policy: pure.
import { isCompatible, type TokenPolicy } from '../../protocol/login-request.ts'
import type { Effective } from './effective.ts'

const USUAL: TokenPolicy = {
  unlock: 'none',
  approval: 'standard',
  numberMatching: true,
  numberDigits: 2,
  otp: { digits: 6, period: 30 },
}

/** A wish for less than the policy asks would make a token that is never asked: the stricter of the two is made. */
export function tokenPolicyUnder(held: Effective, wish: Partial<TokenPolicy>): TokenPolicy {
  const unlock = held.unlock?.value === 'webauthn' ? 'webauthn' : (wish.unlock ?? held.unlock?.value ?? USUAL.unlock)
  const matching = held.numberMatching?.value
  const byOnePress = wish.approval === undefined && held.approval?.value === 'enhanced'
  const numberMatching = wish.numberMatching ?? (matching === undefined ? !byOnePress : matching !== 'off')
  const raised = held.approval?.value === 'standard' || (held.unlock?.value === 'webauthn' && unlock === 'webauthn')
  const approval = raised ? 'standard' : (wish.approval ?? held.approval?.value ?? USUAL.approval)
  const made = {
    ...USUAL,
    unlock,
    approval,
    numberMatching,
    numberDigits: wish.numberDigits ?? held.numberDigits?.value ?? USUAL.numberDigits,
    ...(wish.otp && { otp: wish.otp }),
  }
  // What the policy only offers gives way to what was wished for.
  return byOnePress && !isCompatible(made) ? { ...made, approval: 'standard' } : made
}

/** @param wishMs undefined: as usual */
export function activationLifeUnder(held: Effective, wishMs: number): number {
  return held.activationLife ? Math.min(wishMs, held.activationLife.value * 60_000) : wishMs
}
