// A push message that only its device can read (RFC 8291). All the work of it is here, for it is what costs most.
import webpush from 'web-push'
import { MAX_PLAINTEXT, type PushDocument } from '../../protocol/push-message.ts'

export type DeviceKeys = { p256dh: string; auth: string }

/** @returns the body of the request to the push service, `aes128gcm` */
export type Seal = (document: PushDocument, keys: DeviceKeys) => Promise<Uint8Array>

/** @throws {RangeError} for more than 3,993 bytes, which no push service takes */
export const seal: Seal = async (document, { p256dh, auth }) => {
  const plaintext = Buffer.from(JSON.stringify(document))
  if (plaintext.length > MAX_PLAINTEXT) throw new RangeError(`a push of ${plaintext.length} bytes is too large`)
  return webpush.encrypt(p256dh, auth, plaintext, 'aes128gcm').cipherText
}
