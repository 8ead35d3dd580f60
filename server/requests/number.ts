// The number a person carries from the sign-in page to the device.
import type { NumberDigits } from '../../protocol/login-request.ts'

/** A uniform integer below a bound. */
export type RandomInt = (below: number) => number

/** Exactly `digits` long, leading zeros kept, and none of those the person could confuse it with. */
export function newNumber(digits: NumberDigits, taken: ReadonlySet<string>, randomInt: RandomInt): string {
  for (;;) {
    const number = String(randomInt(10 ** digits)).padStart(digits, '0')
    if (!taken.has(number)) return number
  }
}
