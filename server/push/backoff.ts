// When to try again: each time later, and never all at the same moment.
import type { RandomBytes } from '../../protocol/ids.ts'

const FIRST_MS = 500
const LONGEST_MS = 15_000

/** @param attempts how many have failed before this one; @returns milliseconds, from half of the step to all of it */
export function backoff(attempts: number, random: RandomBytes): number {
  const step = Math.min(FIRST_MS * 2 ** Math.min(attempts, 16), LONGEST_MS)
  const [a = 0, b = 0] = random(2)
  return Math.round(step * (0.5 + (a * 256 + b) / 131_072))
}
