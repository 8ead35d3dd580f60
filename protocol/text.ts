// Strings that people will read: bounded, well-formed, and unable to disturb the line they stand in.
import * as z from 'zod/mini'

// Control characters and those that direct or embed what stands beside them (UAX #9 §2) could make a name lie about it.
const DISTURBING = /[\p{Cc}\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

export function isPlainText(text: string): boolean {
  return text.isWellFormed() && text.search(DISTURBING) < 0
}

/** The same of several lines; marks of direction may stand in them, for they change nothing beyond their own line. */
export const isPlainLines = (text: string): boolean => isPlainText(text.replaceAll(/[\r\n\t\u200e\u200f]/g, ''))

/**
 * Whatever disturbs is a space. Attack stopped: a name with a line break in it that becomes a header of a mail, or a
 * paragraph in the organisation's voice.
 */
export const inOneLine = (text: string): string => text.replaceAll(DISTURBING, ' ').toWellFormed().trim()

/** Lengths in UTF-16 units; zod's own checks of length would count code points. */
export function plainText(min: number, max: number) {
  return z.string().check(
    z.refine((text) => text.length >= min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`),
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
/** A password as somebody types it, whether or not it is one. */
export const typedPassword = z.string().check(z.minLength(1), z.maxLength(1024))
/** in UTF-16 units */
export const LABEL_LENGTH = 64
export const label = plainText(1, LABEL_LENGTH)
