// One-time passwords over any HMAC: the key may be bytes in a server or a key that no script can read.
import { counterToBytes, dynamicTruncate, truncateDigits } from '@otplib/core'
import type { Bytes } from './encoding.ts'

/** HMAC with a fixed key and hash. */
export type Hmac = (message: Bytes) => Bytes | Promise<Bytes>

/** RFC 4226 §5.3: dynamic truncation to `digits` decimal digits, leading zeros kept. */
export function truncate(mac: Uint8Array, digits: number): string {
  return truncateDigits(dynamicTruncate(mac), digits)
}

/** RFC 4226. */
export async function hotp(hmac: Hmac, counter: number, digits: number): Promise<string> {
  return truncate(await hmac(counterToBytes(counter) as Bytes), digits)
}

/** The TOTP time step (RFC 6238 §4.2, T0 = 0). @param period seconds */
export function timeStep(epochMs: number, period: number): number {
  return Math.floor(epochMs / 1000 / period)
}

/** RFC 6238 at a point in time. */
export function totp(hmac: Hmac, epochMs: number, otp: { digits: number; period: number }): Promise<string> {
  return hotp(hmac, timeStep(epochMs, otp.period), otp.digits)
}
