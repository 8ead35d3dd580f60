// The two keys of a token, derived on both sides from a key agreement and the activation code (RFC 5869).
import { type Bytes, utf8 } from './encoding.ts'
import { type CryptoKey, sha256 } from './web-crypto.ts'

export type TokenKeys = {
  /** Kt, 20 bytes: TOTP over HMAC-SHA-1 */
  totp: Bytes
  /** Ko, 32 bytes: OCRA over HMAC-SHA-256 */
  ocra: Bytes
}

/**
 * @param z the ECDH shared secret, 32 bytes (the x coordinate)
 * @param code the activation code in canonical form
 */
export async function deriveTokenKeys(z: Bytes, code: string): Promise<TokenKeys> {
  const salt = await sha256(utf8(code))
  const material = await crypto.subtle.importKey('raw', z, 'HKDF', false, ['deriveBits'])
  const expand = async (info: string, length: number) =>
    new Uint8Array(
      await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: utf8(info) }, material, length * 8),
    )
  return { totp: await expand('countersign/v1/totp', 20), ocra: await expand('countersign/v1/ocra', 32) }
}

/** ECDH over P-256. @param peer an uncompressed point, 65 bytes @throws {DOMException} where it is not on the curve */
export async function agree(privateKey: CryptoKey, peer: Bytes): Promise<Bytes> {
  const publicKey = await crypto.subtle.importKey('raw', peer, { name: 'ECDH', namedCurve: 'P-256' }, false, [])
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: publicKey }, privateKey, 256))
}
