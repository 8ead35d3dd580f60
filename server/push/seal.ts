// Sealing a push for one device (RFC 8291 over RFC 8188, `aes128gcm`, one record).
import {
  createCipheriv,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
} from 'node:crypto'
import type { RandomBytes } from '../../protocol/ids.ts'
import { MAX_PLAINTEXT, type PushDocument } from '../../protocol/push-message.ts'
import { parsedKeys } from '../parsed-keys.ts'

/** `p256dh`: the device's point, 65 bytes; `auth`: 16 bytes; both base64url */
export type DeviceKeys = { p256dh: string; auth: string }

/** @returns the body of the request to the push service, `aes128gcm` */
export type Seal = (document: PushDocument, keys: DeviceKeys) => Promise<Uint8Array>

const RECORD_SIZE = 4096
/** RFC 8188 §2: what ends the last record's plaintext. */
const LAST_RECORD = Buffer.of(2)

/** The returned function rejects with a RangeError for more than 3,993 bytes, which no push service takes */
export function pushSealer(random: RandomBytes): Seal {
  return async (document, keys) => {
    const plaintext = Buffer.from(JSON.stringify(document))
    if (plaintext.length > MAX_PLAINTEXT) throw new RangeError(`a push of ${plaintext.length} bytes is too large`)
    return sealRecord(plaintext, keys, random(16))
  }
}

// Not an ECDH object, which checks its own fresh pair again at each use, by two more multiplications on the curve.
const devicePoint = parsedKeys((p256dh) =>
  createPublicKey({
    key: Buffer.from(p256dh, 'base64url'),
    format: 'raw-public',
    asymmetricKeyType: 'ec',
    namedCurve: 'P-256',
  }),
)

/** @param salt 16 random bytes, never used twice */
function sealRecord(plaintext: Buffer, { p256dh, auth }: DeviceKeys, salt: Uint8Array): Uint8Array {
  const ephemeral = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ours = ephemeral.publicKey.export({ format: 'raw-public' })
  const input = derive(
    Buffer.from(auth, 'base64url'),
    diffieHellman({ privateKey: ephemeral.privateKey, publicKey: devicePoint(p256dh) }),
    Buffer.concat([Buffer.from('WebPush: info\0'), Buffer.from(p256dh, 'base64url'), ours]),
    32,
  )
  const key = derive(salt, input, 'Content-Encoding: aes128gcm\0', 16)
  const nonce = derive(salt, input, 'Content-Encoding: nonce\0', 12)
  // A key object: bytes in its place cost several times as much at each call.
  const cipher = createCipheriv('aes-128-gcm', createSecretKey(key), nonce, { authTagLength: 16 })
  return Buffer.concat([
    header(salt, ours),
    cipher.update(plaintext),
    cipher.update(LAST_RECORD),
    cipher.final(),
    cipher.getAuthTag(),
  ])
}

/** RFC 5869, extract and expand. */
function derive(salt: Uint8Array, secret: Uint8Array, info: string | Uint8Array, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', createSecretKey(secret), salt, info, length))
}

/** RFC 8188 §2.1: salt, record size, and as key id the sender's point. */
function header(salt: Uint8Array, point: Uint8Array): Buffer {
  const sizes = Buffer.alloc(5)
  sizes.writeUInt32BE(RECORD_SIZE)
  sizes.writeUInt8(point.length, 4)
  return Buffer.concat([salt, sizes, point])
}
