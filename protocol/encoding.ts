// Bytes to text and back, strictly: what is not canonical is refused, so that one value has one spelling.

export type Bytes = Uint8Array<ArrayBuffer>

const BASE64URL = /^[A-Za-z0-9_-]*$/

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text)
}

export function concat(...parts: Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function fromHex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** Base64url without padding (RFC 4648 §5). */
export function base64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** By the length of the last group: how many bits of its last character carry nothing. */
const UNUSED_BITS: Record<number, number> = { 0: 0, 2: 4, 3: 2 }

/** @throws {SyntaxError} for padding, foreign characters or stray trailing bits. */
export function fromBase64url(text: string): Bytes {
  const unused = UNUSED_BITS[text.length % 4]
  if (!BASE64URL.test(text) || unused === undefined) throw new SyntaxError('not base64url')
  if (ALPHABET.indexOf(text.at(-1) ?? 'A') % 2 ** unused !== 0) throw new SyntaxError('not canonical base64url')
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
