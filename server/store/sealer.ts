// Secrets at rest: AES-256-GCM under the master key, tied to the very place they are stored in.
import { createCipheriv, createDecipheriv, createHash, createSecretKey } from 'node:crypto'
import type { Bytes } from '../../protocol/encoding.ts'
import type { RandomBytes } from '../../protocol/ids.ts'

/** Where a sealed value stands: moved to another row or column, it no longer opens. */
export type Place = { table: string; column: string; id: string }

export type Sealer = {
  seal(plain: Uint8Array | string, place: Place): string
  /** @throws where the value was altered, moved, or sealed under another key */
  open(sealed: string, place: Place): Bytes
  openText(sealed: string, place: Place): string
}

/** @param masterKey 32 bytes */
export function sealer(masterKey: Uint8Array, random: RandomBytes): Sealer {
  if (masterKey.length !== 32) throw new RangeError('the master key has 32 bytes')
  const keyId = createHash('sha256')
    .update('countersign/v1/master-key-id\0')
    .update(masterKey)
    .digest('hex')
    .slice(0, 8)
  // A key object: bytes in its place cost several times as much at each call.
  const key = createSecretKey(masterKey)
  const additionalData = ({ table, column, id }: Place) => Buffer.from(JSON.stringify([keyId, table, column, id]))

  function open(sealed: string, place: Place): Bytes {
    const [id, body] = sealed.split('.')
    if (id !== keyId || body === undefined) throw new Error(`sealed under another master key (${id}, not ${keyId})`)
    const bytes = Buffer.from(body, 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
    decipher.setAAD(additionalData(place))
    decipher.setAuthTag(bytes.subarray(-16))
    return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]))
  }

  return {
    seal(plain, place) {
      const nonce = random(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
      cipher.setAAD(additionalData(place))
      const body = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
      return `${keyId}.${body.toString('base64url')}`
    },
    open,
    openText: (sealed, place) => Buffer.from(open(sealed, place)).toString('utf8'),
  }
}
