// Hashes of secrets that are only ever compared, never read back.
import { createHash, timingSafeEqual } from 'node:crypto'

/** SHA-256, base64url. */
export function digest(secret: string | Uint8Array): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** Whether two texts are equal, in time that does not tell where they differ. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}
