// Time-based passcodes as the server checks them (RFC 6238): a moving window, each step good for once.
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { counterToBytes } from '@otplib/core'
import { timeStep, truncate } from '../../protocol/hotp.ts'
import type { OtpSettings } from '../../protocol/login-request.ts'

/** Steps by which a device's clock may be off before its codes are no longer taken. */
export const MOST_DRIFT = 10

export type TotpToken = {
  /** Kt */
  key: Uint8Array
  otp: OtpSettings
  /** steps by which the device's clock was ahead when it was last seen */
  drift: number
  /** the last step that was accepted */
  lastStep: number
}

export type TotpMatch = { step: number; drift: number }
export type TotpOutcome = { kind: 'accepted'; match: TotpMatch } | { kind: 'replayed' } | { kind: 'wrong' }

/** The window moves with the drift learned so far: now + drift + {0, −1, +1}. */
export function checkTotp(token: TotpToken, passcode: string, now: number): TotpOutcome {
  const matches = matching(token, passcode, now, around(token.drift, 1))
  const fresh = matches.find(({ step }) => step > token.lastStep)
  if (fresh) return { kind: 'accepted', match: fresh }
  return { kind: matches.length > 0 ? 'replayed' : 'wrong' }
}

/** The first passcode of a token, which tells how far the device's clock is off. */
export function firstTotp(token: Pick<TotpToken, 'key' | 'otp'>, passcode: string, now: number): TotpMatch | undefined {
  return matching(token, passcode, now, around(0, MOST_DRIFT))[0]
}

/** Every step of the window is computed and compared, whichever fits: the time taken tells nothing. */
function matching(
  { key, otp }: Pick<TotpToken, 'key' | 'otp'>,
  passcode: string,
  now: number,
  offsets: number[],
): TotpMatch[] {
  const current = timeStep(now, otp.period)
  return offsets
    .map((offset) => ({ step: current + offset, drift: clamp(offset) }))
    .filter(({ step }) => step >= 0 && isSame(totpAt(key, step, otp.digits), passcode))
}

export function totpAt(key: Uint8Array, step: number, digits: number): string {
  return truncate(createHmac('sha1', createSecretKey(key)).update(counterToBytes(step)).digest(), digits)
}

/** The nearest first: 0, −1, +1, −2, … */
function around(centre: number, reach: number): number[] {
  const offsets = [centre]
  for (let away = 1; away <= reach; away++) offsets.push(centre - away, centre + away)
  return offsets
}

const clamp = (drift: number) => Math.max(-MOST_DRIFT, Math.min(MOST_DRIFT, drift))

/** How many digits a token has is no secret; which they are is. */
function isSame(expected: string, typed: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(typed)]
  return a.length === b.length && timingSafeEqual(a, b)
}
