// Who this installation is to push services (RFC 8292): its key, and the statements signed with it.
import type { KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Clock } from '../clock.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { vapidKeys } from './vapid-keys.ts'

export type Vapid = {
  /** what devices subscribe with today: base64url of a P-256 point, 65 bytes */
  readonly publicKey: string
  /** whether the key is this installation's, today's or a former one */
  knows(publicKey: string): Promise<boolean>
  /**
   * The Authorization header for a push service, under the key that the subscription was made with.
   * @returns undefined for a key that is not ours any more
   */
  authorization(publicKey: string, origin: string): Promise<string | undefined>
}

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
  const { store, clock, subject } = needs
  let keys = await vapidKeys(needs)
  const cache = new Map<string, Signed>()

  /** A key that another process made a moment ago is not in this one's memory yet. */
  async function keyFor(publicKey: string): Promise<KeyObject | undefined> {
    const known = keys.byPublicKey.get(publicKey)
    if (known) return known
    keys = await vapidKeys(needs)
    return keys.byPublicKey.get(publicKey)
  }

  store.subscribe('keys', () => {
    // Where the store is out of reach now, the former key stays good, and the next question looks again.
    vapidKeys(needs).then(
      (read) => (keys = read),
      () => {},
    )
  })
  return {
    get publicKey() {
      return keys.current
    },
    knows: async (publicKey) => (await keyFor(publicKey)) !== undefined,
    authorization: async (publicKey, origin) => {
      const name = `${publicKey} ${origin}`
      const now = Math.floor(clock.now() / 1000)
      const known = cache.get(name)
      if (known && isFresh(known, now)) return known.header
      const key = await keyFor(publicKey)
      if (!key) return undefined
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
