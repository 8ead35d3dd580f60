// The browser's side of subscribing: key pairs that stay here, endpoints that go out.
import { createECDH, randomBytes, randomUUID } from 'node:crypto'
import type { PushKeys } from './push-encryption.ts'

/** What `PushSubscription.toJSON()` gives. */
export interface SubscriptionJson {
  endpoint: string
  expirationTime: null
  keys: { p256dh: string; auth: string }
}

export interface SubscribeOptions {
  /** base64url; with it only this key's owner may send (RFC 8292 §4). */
  applicationServerKey?: string | undefined
}

export interface HeldSubscription extends PushKeys, SubscribeOptions {
  json: SubscriptionJson
  gone: boolean
}

export class PushSubscriptions {
  readonly #held = new Map<string, HeldSubscription>()

  get size(): number {
    return this.#held.size
  }

  create(origin: string, { applicationServerKey }: SubscribeOptions = {}): SubscriptionJson {
    const ecdh = createECDH('prime256v1')
    const publicKey = ecdh.generateKeys()
    const auth = randomBytes(16)
    const endpoint = `${origin}/wp/${randomUUID()}`
    const keys = { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') }
    const json = { endpoint, expirationTime: null, keys }
    const privateKey = paddedTo32(ecdh.getPrivateKey())
    this.#held.set(endpoint, { json, privateKey, publicKey, auth, applicationServerKey, gone: false })
    return json
  }

  get(endpoint: string): HeldSubscription | undefined {
    return this.#held.get(endpoint)
  }

  /** From now on the endpoint answers 410, as after `unsubscribe()`. */
  gone(endpoint: string): void {
    const held = this.#held.get(endpoint)
    if (!held) throw new Error(`No such subscription: ${endpoint}`)
    held.gone = true
  }
}

/** OpenSSL drops leading zero bytes of a private key. */
function paddedTo32(key: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(32 - key.length), key])
}
