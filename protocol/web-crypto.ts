// The few Web Crypto calls that page, worker and server share.
import type { Bytes } from './encoding.ts'
import type { Hmac } from './hotp.ts'

/** Named here because each runtime declares it elsewhere. */
export type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

export type HashName = 'SHA-1' | 'SHA-256' | 'SHA-512'

export function hmacKey(raw: Bytes, hash: HashName): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash }, false, ['sign'])
}

/** An HMAC by a key that may be impossible to export. */
export function hmacBy(key: CryptoKey): Hmac {
  return async (message) => new Uint8Array(await crypto.subtle.sign('HMAC', key, message))
}
