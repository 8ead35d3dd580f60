// RFC 6287 (OCRA), the part of it that a passcode bound to a login request needs.
import { type Bytes, concat, utf8 } from './encoding.ts'
import { type Hmac, truncate } from './hotp.ts'

/** The suite of every push passcode: SHA-256, 8 digits, a question of 64 hexadecimal digits. */
export const PUSH_SUITE = 'OCRA-1:HOTP-SHA256-8:QH64'

const QUESTION_BYTES = 128

/**
 * RFC 6287 §5.1 DataInput for a suite whose only input is a question.
 * @param question already in bytes, at most 128; padded with zeros at its end
 */
export function questionInput(suite: string, question: Uint8Array): Bytes {
  if (question.length > QUESTION_BYTES) throw new RangeError('an OCRA question has at most 128 bytes')
  const padding = new Uint8Array(QUESTION_BYTES - question.length)
  return concat(utf8(suite), new Uint8Array(1), question, padding)
}

/** The passcode that covers a binding's digest: 8 digits. @param hmac HMAC-SHA-256 under Ko */
export async function pushPasscode(hmac: Hmac, digest: Uint8Array): Promise<string> {
  return truncate(await hmac(questionInput(PUSH_SUITE, digest)), 8)
}
