// Signatures of devices: ES256 (RFC 7518 §3.4) by the key the device enrolled with.
import { createPublicKey, verify } from 'node:crypto'
import type { ParsedJws } from '../../protocol/jws.ts'
import { parsedKeys } from '../parsed-keys.ts'
import type { DeviceRow } from './device-rows.ts'

const HALF = 32

const publicKey = parsedKeys((jwk) => createPublicKey({ key: JSON.parse(jwk), format: 'jwk' }))

export function verifiesJws(jws: ParsedJws, device: Pick<DeviceRow, 'key'>): boolean {
  if (jws.signature.length !== 2 * HALF) return false
  // A bare key object: to find one among options, as `dsaEncoding` is, Node throws and catches two errors of its own.
  return verify('sha256', Buffer.from(jws.signed), publicKey(device.key), asDer(jws.signature))
}

/** As Node takes it beside a bare key: a SEQUENCE of the two integers (RFC 3279 §2.2.3). @param signature 64 bytes */
function asDer(signature: Uint8Array): Uint8Array {
  const integers = [...integer(signature.subarray(0, HALF)), ...integer(signature.subarray(HALF))]
  return Uint8Array.of(0x30, integers.length, ...integers)
}

/** With no more zeros in front than keep it from being a negative one (X.690 §8.3). */
function integer(unsigned: Uint8Array): number[] {
  const from = unsigned.findIndex((byte) => byte !== 0)
  const bytes = from < 0 ? [0] : [...unsigned.subarray(from)]
  if ((bytes[0] ?? 0) >= 0x80) bytes.unshift(0)
  return [0x02, bytes.length, ...bytes]
}
