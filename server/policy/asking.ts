// What a request asks of each token, under a policy: pure.
import type { Approval, NumberDigits, Purpose, Unlock } from '../../protocol/login-request.ts'
import type { Effective } from './effective.ts'

type Holder = { unlock: Unlock; approval: Approval; number_matching: number; number_digits: NumberDigits }

const FEWEST_DIGITS = 2

/** Keys that nothing locks can't be locked from here: such a token is not asked where unlocking is. */
export function mayBeAsked({ unlock }: Effective, token: Pick<Holder, 'unlock'>): boolean {
  return unlock?.value !== 'webauthn' || token.unlock === 'webauthn'
}

/** @returns whom to ask, how each approves, and how many digits are to be typed */
export function asking<H extends Holder>(
  held: Effective,
  { purpose, holders }: { purpose: Purpose; holders: readonly H[] },
): { holders: H[]; digits: NumberDigits | null } {
  const asked = holders.filter((holder) => mayBeAsked(held, holder))
  const digits = digitsOf(held, purpose, asked)
  const isStandard = held.approval?.value === 'standard' || (held.numberMatching?.value === 'on' && digits !== null)
  return { digits, holders: isStandard ? asked.map((holder) => ({ ...holder, approval: 'standard' })) : asked }
}

function digitsOf(held: Effective, purpose: Purpose, asked: readonly Holder[]): NumberDigits | null {
  const matching = held.numberMatching?.value
  // The number is how a caller is told from somebody else: it is not to be switched off for convenience.
  if (matching === 'off' && purpose === 'sign-in') return null
  const own = asked.filter(({ number_matching }) => number_matching === 1).map(({ number_digits }) => number_digits)
  if (own.length === 0 && matching !== 'on') return null
  return held.numberDigits?.value ?? (Math.max(FEWEST_DIGITS, ...own) as NumberDigits)
}
