// Strings that people will read: bounded, well-formed, and unable to disturb the line they stand in.
import * as z from 'zod/mini'

// Control characters and bidirectional overrides could make a name lie about what surrounds it.
const FORBIDDEN = /[\p{Cc}\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !FORBIDDEN.test(text)
}

/** Lengths in UTF-16 units; zod's own checks of length would count code points. */
export function plainText(min: number, max: number) {
  return z.string().check(
    z.refine((text) => text.length >= min, `must have at least ${min} characters`),
    z.refine((text) => text.length <= max, `must have at most ${max} characters`),
    z.refine(isPlainText, 'must be well-formed text without control or bidirectional formatting characters'),
  )
}

/** What user names are compared by: NFKC, lower case, trimmed. Devices see the stored spelling. */
export function usernameKey(username: string): string {
  return username.normalize('NFKC').toLowerCase().trim()
}

export const username = plainText(1, 64).check(z.refine((name) => usernameKey(name) !== '', 'must not be blank'))
export const applicationName = plainText(1, 64)
export const label = plainText(1, 64)
