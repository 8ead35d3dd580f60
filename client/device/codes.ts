// The code a person types where a push is not possible (RFC 6238), also offline.
import { timeStep, totp } from '../../protocol/hotp.ts'
import type { OtpSettings } from '../../protocol/login-request.ts'
import { hmacBy } from '../../protocol/web-crypto.ts'
import type { StoredToken, UsableKeys } from './schema.ts'

export type Code = {
  code: string
  /** epoch milliseconds, server time */
  validUntil: number
  /** whole seconds, at least 1 */
  secondsLeft: number
}

/** The keys of a token that needs no unlocking. */
export function plainKeys(token: StoredToken): UsableKeys | undefined {
  return token.keys.kind === 'plain' ? token.keys : undefined
}

/** @param now the server's time (`device.clock.now()`) */
export async function codeAt(keys: UsableKeys, otp: OtpSettings, now: number): Promise<Code> {
  const validUntil = (timeStep(now, otp.period) + 1) * otp.period * 1000
  const secondsLeft = Math.ceil((validUntil - now) / 1000)
  return { code: await totp(hmacBy(keys.totp), now, otp), validUntil, secondsLeft }
}
