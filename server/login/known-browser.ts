// The cookie by which a browser is known in which somebody showed both factors. It lets nobody in: what is typed there is
// counted apart from what strangers type.
import { getCookie, setCookie } from 'hono/cookie'
import { base64url } from '../../protocol/encoding.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { Call } from '../http/env.ts'
import { digest } from '../store/digest.ts'
import { isFreshPlace, KNOWN_MS, knowPlace } from '../throttling/known-places.ts'
import type { LoginNeeds } from './needs.ts'

const NAME = '__Host-countersign-known'

/** @returns what the store knows this browser by */
export function browserPlace(c: Call): string | undefined {
  const secret = getCookie(c, NAME)
  return secret ? digest(secret) : undefined
}

/** Made afresh where it is new for this person. Attack stopped: a cookie that was planted there before. */
export async function knowBrowser(needs: LoginNeeds, c: Call, user: UserId): Promise<void> {
  const was = browserPlace(c)
  if (was !== undefined && (await isFreshPlace(needs, user, was))) return
  const secret = base64url(needs.random(16))
  await knowPlace(needs, user, digest(secret), was)
  const maxAge = KNOWN_MS / 1000
  setCookie(c, NAME, secret, { path: '/', httpOnly: true, secure: true, sameSite: 'Strict', maxAge })
}
