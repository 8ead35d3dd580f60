// The key agreement of one enrolment: a key pair of its own, so that a store stolen later gives no past keys back.
import { type Bytes, base64url, fromBase64url } from '../../protocol/encoding.ts'
import { agree, deriveTokenKeys, type TokenKeys } from '../../protocol/token-keys.ts'

const CURVE = { name: 'ECDH', namedCurve: 'P-256' }

export type ServerKeyPair = {
  /** PKCS #8 */
  privateKey: Bytes
  /** 65 bytes, base64url */
  publicKey: string
}

export async function newServerKeyPair(): Promise<ServerKeyPair> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(CURVE, true, ['deriveBits'])
  return {
    privateKey: new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey)),
    publicKey: base64url(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))),
  }
}

/**
 * The point, or undefined for what is none. A point off the curve could be chosen so that the agreement tells about
 * the private key (invalid curve attack).
 */
export async function curvePoint(text: string): Promise<Bytes | undefined> {
  try {
    const bytes = fromBase64url(text)
    // 6 and 7 are a second spelling of the same point.
    if (bytes.length !== 65 || bytes[0] !== 4) return undefined
    await crypto.subtle.importKey('raw', bytes, CURVE, false, [])
    return bytes
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return undefined
    throw error
  }
}

export async function agreedKeys(privateKey: Bytes, devicePoint: Bytes, code: string): Promise<TokenKeys> {
  const key = await crypto.subtle.importKey('pkcs8', privateKey, CURVE, false, ['deriveBits'])
  return deriveTokenKeys(await agree(key, devicePoint), code)
}
