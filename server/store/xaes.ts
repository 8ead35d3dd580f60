// XAES-256-GCM (C2SP): AES-256-GCM with nonces of 192 bits, which are long enough to be random whatever is sealed. The first
// half of a nonce makes a key, by a KDF of NIST (SP 800-108r1 §4.1, over CMAC); the second half is AES-GCM's nonce under it.
import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto'

export const NONCE_BYTES = 24
export const HALF_BYTES = 12

const LABEL = 0x58

/**
 * @param key 32 bytes
 * @returns what makes the key for all nonces whose first 12 bytes these are
 */
export function xaesKeys(key: KeyObject): (firstHalf: Uint8Array) => KeyObject {
  const encrypted = (blocks: Uint8Array) =>
    createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(blocks)
  const subkey = doubled(encrypted(new Uint8Array(16)))
  return (firstHalf) => {
    const blocks = Buffer.concat([1, 2].flatMap((counter) => [Buffer.of(0, counter, LABEL, 0), firstHalf]))
    return createSecretKey(encrypted(blocks.map((byte, at) => byte ^ (subkey[at % 16] as number))))
  }
}

/** CMAC's first subkey (NIST SP 800-38B §6.1): one bit to the left, in the field of 2¹²⁸ elements. */
function doubled(block: Buffer): Uint8Array {
  const shifted = block.map((byte, at) => (byte << 1) | ((block[at + 1] ?? 0) >> 7))
  if ((block[0] as number) >= 0x80) shifted[15] = (shifted[15] as number) ^ 0x87
  return shifted
}
