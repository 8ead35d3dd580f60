// The passcode a device must have computed, by the server's copy of its key.
import { createHmac, createSecretKey } from 'node:crypto'
import { truncate } from '../../protocol/hotp.ts'
import { PUSH_SUITE, questionInput } from '../../protocol/ocra.ts'

/** RFC 6287 over SHA-256, 8 digits. @param key Ko, 32 bytes @param digest SHA-256 of the binding */
export function expectedPasscode(key: Uint8Array, digest: Uint8Array): string {
  return truncate(createHmac('sha256', createSecretKey(key)).update(questionInput(PUSH_SUITE, digest)).digest(), 8)
}
