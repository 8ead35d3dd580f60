// '10m', '24h', '7d': how people write how long.
import * as z from 'zod/mini'

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const PATTERN = /^([1-9]\d{0,5})([smhd])$/

export const duration = z.string().check(z.regex(PATTERN, 'must be a time such as 10m, 24h or 7d'))

/** @param text valid by `duration` @returns milliseconds */
export function milliseconds(text: string): number {
  const [, amount, unit] = PATTERN.exec(text) ?? []
  return Number(amount) * UNITS[unit as keyof typeof UNITS]
}
