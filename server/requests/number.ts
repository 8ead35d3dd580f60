// The number a person carries from the sign-in page to the device.
import type { NumberDigits } from '../../protocol/login-request.ts'

/** A uniform integer below a bound. */
export type RandomInt = (below: number) => number

/**
 * Exactly `digits` long, leading zeros kept, and none of those the person could confuse it with, as long as there are
 * others left.
 */
export function newNumber(digits: NumberDigits, taken: ReadonlySet<string>, randomInt: RandomInt): string {
  const all = 10 ** digits
  for (;;) {
    const number = String(randomInt(all)).padStart(digits, '0')
    if (!taken.has(number) || taken.size >= all) return number
  }
}
