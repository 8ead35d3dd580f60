// Crockford's base32, lower case: 26 characters carry 128 bits (the two highest of the 130 are zero).

export const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz'

/** What was typed, as it was meant: lower case, separators dropped, look-alikes resolved. */
export function asMeant(typed: string): string {
  return typed
    .toLowerCase()
    .replace(/[\s\-‐-―_.]/g, '')
    .replaceAll('o', '0')
    .replace(/[il]/g, '1')
}

/** @param bytes 16 bytes, taken as one big-endian number. */
export function crockford128(bytes: Uint8Array): string {
  let text = ''
  let pending = 0
  let bits = 2
  for (const byte of bytes) {
    pending = (pending << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += CROCKFORD[(pending >> bits) & 31]
    }
    pending &= (1 << bits) - 1
  }
  return text
}
