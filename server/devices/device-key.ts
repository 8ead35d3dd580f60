// A device's public key as it comes in, and the one name it is known by.
import { createPublicKey } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import type { DeviceKey } from '../../protocol/device-api.ts'

/** RFC 7638, SHA-256. */
export function thumbprint(jwk: JWK): Promise<string> {
  return calculateJwkThumbprint(jwk, 'sha256')
}

/**
 * A point on P-256, each coordinate in its only spelling: a second one would give the same key a second thumbprint,
 * and pass for a device that nobody knows.
 */
export function isValidDeviceKey(key: DeviceKey): boolean {
  try {
    const { x, y } = createPublicKey({ key, format: 'jwk' }).export({ format: 'jwk' })
    return x === key.x && y === key.y
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
