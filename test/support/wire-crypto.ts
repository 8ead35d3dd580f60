// What a device computes, written from the protocol page (§3, §4, §6) with Node's own cryptography.
import { createHash, createHmac, type ECDH, hkdfSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export type JwsHeader = Record<string, unknown>

const base64url = (value: string | Uint8Array) => Buffer.from(value).toString('base64url')

/** ES256, compact. @param header as it is to be sent, right or wrong */
export function compactJws(key: KeyObject, header: JwsHeader, payload: unknown): string {
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${base64url(signature)}`
}

export const newJti = () => base64url(randomBytes(16))

/** Kt and Ko of a token. */
export function agreedKeys(own: ECDH, serverKey: string, code: string): { totp: Buffer; ocra: Buffer } {
  const z = own.computeSecret(Buffer.from(serverKey, 'base64url'))
  const salt = createHash('sha256').update(code, 'ascii').digest()
  const derive = (info: string, length: number) => Buffer.from(hkdfSync('sha256', z, salt, info, length))
  return { totp: derive('countersign/v1/totp', 20), ocra: derive('countersign/v1/ocra', 32) }
}

function truncated(mac: Buffer, digits: number): string {
  const offset = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0')
}

/** RFC 6238 over HMAC-SHA-1. @param at milliseconds */
export function totp(key: Buffer, at: number, { digits, period }: { digits: number; period: number }): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 1000 / period)))
  return truncated(createHmac('sha1', key).update(counter).digest(), digits)
}

/** OCRA-1:HOTP-SHA256-8:QH64. */
export function ocra(key: Buffer, digest: Buffer): string {
  const input = Buffer.concat([Buffer.from('OCRA-1:HOTP-SHA256-8:QH64'), Buffer.alloc(1), digest, Buffer.alloc(96)])
  return truncated(createHmac('sha256', key).update(input).digest(), 8)
}

/** RFC 8785 for strings, whole numbers, null and objects of them: all that a binding holds. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  // By UTF-16 units, as JavaScript compares strings.
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}

export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
