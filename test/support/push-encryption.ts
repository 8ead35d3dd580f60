// The browser's half of RFC 8291, by node:crypto alone, so that it does not share a mistake with the library that seals.
import { createDecipheriv, createECDH, hkdfSync } from 'node:crypto'

export interface PushKeys {
  /** 32 bytes. */
  privateKey: Buffer
  /** An uncompressed P-256 point, 65 bytes. */
  publicKey: Buffer
  /** 16 bytes. */
  auth: Buffer
}

const TAG_LENGTH = 16
const POINT_LENGTH = 65
const LAST_RECORD = 2

/** Opens an `aes128gcm` push message (RFC 8188 §2, RFC 8291 §3 and §4); throws where it is not exactly one. */
export function openPushMessage(body: Buffer, keys: PushKeys): Buffer {
  if (body.length < 21) throw new Error('the header is cut off')
  const salt = body.subarray(0, 16)
  const recordSize = body.readUInt32BE(16)
  if (body.readUInt8(20) !== POINT_LENGTH) throw new Error('the key id is not a P-256 point')
  const senderKey = body.subarray(21, 21 + POINT_LENGTH)
  const record = body.subarray(21 + POINT_LENGTH)
  if (record.length <= TAG_LENGTH) throw new Error('the record is cut off')
  // RFC 8291 §4: one record only, and rs greater than it.
  if (record.length >= recordSize) throw new Error('more than a single record')
  return withoutPadding(decrypt(record, contentKeys(salt, senderKey, keys)))
}

function contentKeys(salt: Buffer, senderKey: Buffer, { privateKey, publicKey, auth }: PushKeys) {
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(privateKey)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, senderKey])
  const input = hkdf(auth, ecdh.computeSecret(senderKey), info, 32)
  return {
    key: hkdf(salt, input, Buffer.from('Content-Encoding: aes128gcm\0'), 16),
    nonce: hkdf(salt, input, Buffer.from('Content-Encoding: nonce\0'), 12),
  }
}

function decrypt(record: Buffer, { key, nonce }: { key: Buffer; nonce: Buffer }): Buffer {
  const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: TAG_LENGTH })
  decipher.setAuthTag(record.subarray(-TAG_LENGTH))
  return Buffer.concat([decipher.update(record.subarray(0, -TAG_LENGTH)), decipher.final()])
}

function withoutPadding(padded: Buffer): Buffer {
  const end = padded.findLastIndex((byte) => byte !== 0)
  if (padded[end] !== LAST_RECORD) throw new Error('the padding delimiter is not that of a last record')
  return padded.subarray(0, end)
}

function hkdf(salt: Buffer, input: Buffer, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', input, salt, info, length))
}
