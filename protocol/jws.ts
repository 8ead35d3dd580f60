// Compact JWS (RFC 7515 §3.1): taken apart strictly, put together by whoever holds the key.
import { type Bytes, base64url, fromBase64url, utf8 } from './encoding.ts'
import type { CryptoKey } from './web-crypto.ts'

export type ParsedJws = {
  header: Record<string, unknown>
  payload: Record<string, unknown>
  /** header and payload as sent: what the signature covers */
  signed: string
  signature: Bytes
}

/** @returns undefined for anything that is not three parts of base64url, two of them canonical JSON objects */
export function parseJws(compact: string): ParsedJws | undefined {
  const parts = compact.split('.')
  const [header, payload, signature] = parts
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) return undefined
  try {
    const parsed = { header: jsonObject(header), payload: jsonObject(payload), signature: signatureBytes(signature) }
    if (!parsed.header || !parsed.payload) return undefined
    return {
      header: parsed.header,
      payload: parsed.payload,
      signed: `${header}.${payload}`,
      signature: parsed.signature,
    }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

/** A spelling that is not the canonical one is no signature: changed in its last bits it must not pass as the same. */
function signatureBytes(part: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(part)) throw new SyntaxError('not base64url')
  try {
    return fromBase64url(part)
  } catch (error) {
    if (error instanceof SyntaxError) return new Uint8Array()
    throw error
  }
}

function jsonObject(part: string): Record<string, unknown> | undefined {
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64url(part)))
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

export type EsHeader = { typ: string; kid: string }

/** True for a header of exactly `typ`, `alg: "ES256"` and `kid`: anything more could change what is verified. */
export function isExactHeader(header: Record<string, unknown>, typ: string): header is EsHeader & { alg: 'ES256' } {
  return (
    Object.keys(header).length === 3 && header.typ === typ && header.alg === 'ES256' && typeof header.kid === 'string'
  )
}

/** Signs with ECDSA P-256 and SHA-256. */
export async function signJws(key: CryptoKey, header: EsHeader, payload: object): Promise<string> {
  const part = (value: object) => base64url(utf8(JSON.stringify(value)))
  const signed = `${part({ typ: header.typ, alg: 'ES256', kid: header.kid })}.${part(payload)}`
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, utf8(signed))
  return `${signed}.${base64url(new Uint8Array(signature))}`
}
