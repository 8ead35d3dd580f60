// Hashes of secrets that are only ever compared, never read back.
import { hash, timingSafeEqual } from 'node:crypto'

/** SHA-256, base64url. */
export function digest(secret: string | Uint8Array): string {
  return hash('sha256', secret, 'base64url')
}

/** Whether two texts are equal, in time that tells no more than whether they are of one length. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
