// Signatures of devices: ES256 (RFC 7518 §3.4) by the key the device enrolled with.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { ParsedJws } from '../../protocol/jws.ts'
import type { DeviceRow } from './rows.ts'

const MOST_KEYS = 10_000
const SIGNATURE_BYTES = 64

/** Parsing a key takes longer than checking a signature by it; the text is the key, so no entry can be stale. */
const parsed = new Map<string, KeyObject>()

export function verifiesJws(jws: ParsedJws, device: Pick<DeviceRow, 'key'>): boolean {
  if (jws.signature.length !== SIGNATURE_BYTES) return false
  const key = { key: publicKey(device.key), dsaEncoding: 'ieee-p1363' } as const
  return verify('sha256', Buffer.from(jws.signed), key, jws.signature)
}

function publicKey(jwk: string): KeyObject {
  const known = parsed.get(jwk)
  if (known) return known
  const key = createPublicKey({ key: JSON.parse(jwk), format: 'jwk' })
  const [oldest] = parsed.keys()
  if (parsed.size >= MOST_KEYS && oldest !== undefined) parsed.delete(oldest)
  parsed.set(jwk, key)
  return key
}
