// Who this installation is to push services (RFC 8292): its key, and the statements signed with it.
import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { base64url, concat, fromBase64url } from '../../protocol/encoding.ts'
import type { Clock } from '../clock.ts'
import type { Place, Sealer } from '../store/sealer.ts'
import { settingOf } from '../store/settings.ts'
import type { Store } from '../store/store.ts'

export type Vapid = {
  /** what devices subscribe with today: base64url of a P-256 point, 65 bytes */
  readonly publicKey: string
  knows(publicKey: string): boolean
  /**
   * The Authorization header for a push service, under the key that the subscription was made with.
   * @returns undefined for a key that is not ours any more
   */
  authorization(publicKey: string, origin: string): Promise<string> | undefined
}

const SETTING = 'vapid-key'
const PLACE: Place = { table: 'settings', column: 'value', id: SETTING }
/** RFC 8292 §2 allows 24 hours; half of it leaves room for clocks that differ. */
const LIFETIME_S = 12 * 3600
const RENEWED_AT_S = 6 * 3600
/** Devices choose their push services: their number must not fill the memory. */
const MOST_CACHED = 1000

export async function openVapid(needs: {
  store: Store
  sealer: Sealer
  clock: Clock
  subject: string
}): Promise<Vapid> {
  const { store, sealer, clock, subject } = needs
  const sealed = await settingOf(store, SETTING, () => sealer.seal(JSON.stringify(newKey()), PLACE))
  const jwk = JSON.parse(sealer.openText(sealed, PLACE)) as JsonWebKey
  const current = publicKeyOf(jwk)
  const keys = new Map<string, KeyObject>([[current, createPrivateKey({ format: 'jwk', key: jwk })]])
  const cache = new Map<string, Signed>()

  return {
    publicKey: current,
    knows: (publicKey) => keys.has(publicKey),
    authorization: (publicKey, origin) => {
      const key = keys.get(publicKey)
      if (!key) return undefined
      const name = `${publicKey} ${origin}`
      const now = Math.floor(clock.now() / 1000)
      const known = cache.get(name)
      if (known && isFresh(known, now)) return known.header
      if (cache.size >= MOST_CACHED) cache.clear()
      const expires = now + LIFETIME_S
      const header = sign(key, { origin, subject, expires }).then((token) => `vapid t=${token}, k=${publicKey}`)
      cache.set(name, { header, expires })
      return header
    },
  }
}

/** The contact that push services are told: this installation's address, or a mailbox where that is not https. */
export function vapidSubject(publicOrigin: string): string {
  const { protocol, hostname, origin } = new URL(publicOrigin)
  return protocol === 'https:' ? origin : `mailto:operator@${hostname}`
}

type Signed = { header: Promise<string>; expires: number }

/** Too much time left means that the clock was set back: a service would see more than it allows. */
function isFresh({ expires }: Signed, now: number): boolean {
  const left = expires - now
  return left > RENEWED_AT_S && left <= LIFETIME_S
}

type Claims = { origin: string; subject: string; expires: number }

function sign(key: KeyObject, { origin, subject, expires }: Claims): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
    .setAudience(origin)
    .setExpirationTime(expires)
    .setSubject(subject)
    .sign(key)
}

function newKey(): JsonWebKey {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
}

function publicKeyOf({ x = '', y = '' }: JsonWebKey): string {
  return base64url(concat(Uint8Array.of(4), fromBase64url(x), fromBase64url(y)))
}
