// The arithmetic of a ring of time, and the moments at which it is said aloud.

/** Whole seconds still to go; 0 only when it is over. */
export function secondsLeft(leftMs: number): number {
  return Math.max(0, Math.ceil(leftMs / 1000))
}

/** What part of the ring is still drawn, 0 to 1. */
export function fractionLeft(leftMs: number, totalMs: number): number {
  return totalMs <= 0 ? 0 : Math.min(1, Math.max(0, leftMs / totalMs))
}

const MOMENTS = [20, 10, 0] as const

/** Whether the passage from `before` to `after` seconds crosses a moment worth a word: 20 s, 10 s and the end. */
export function crossesMoment(before: number, after: number): boolean {
  return MOMENTS.some((moment) => before > moment && after <= moment)
}
