// Signatures of devices: ES256 (RFC 7518 §3.4) by the key the device enrolled with.
import { createPublicKey, verify } from 'node:crypto'
import type { ParsedJws } from '../../protocol/jws.ts'
import { parsedKeys } from '../parsed-keys.ts'
import type { DeviceRow } from './rows.ts'

const SIGNATURE_BYTES = 64

const publicKey = parsedKeys((jwk) => createPublicKey({ key: JSON.parse(jwk), format: 'jwk' }))

export function verifiesJws(jws: ParsedJws, device: Pick<DeviceRow, 'key'>): boolean {
  if (jws.signature.length !== SIGNATURE_BYTES) return false
  const key = { key: publicKey(device.key), dsaEncoding: 'ieee-p1363' } as const
  return verify('sha256', Buffer.from(jws.signed), key, jws.signature)
}
