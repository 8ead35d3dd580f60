// The cookie by which a browser is known in which somebody showed both factors. It lets nobody in: what is typed there is
// counted apart from what strangers type.
import { getCookie, setCookie } from 'hono/cookie'
import { base64url } from '../../protocol/encoding.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { Call } from '../http/env.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import { KNOWN_MS, knowPlace } from '../throttling/known-places.ts'
import type { LoginNeeds } from './needs.ts'

const NAME = '__Host-countersign-known'

/** @returns what the store knows this browser by */
export function browserPlace(c: Call): string | undefined {
  const secret = getCookie(c, NAME)
  return secret ? digest(secret) : undefined
}

/**
 * Signs in by a second factor, and knows the browser in the transaction of that. Made afresh where it is new for this
 * person. Attack stopped: a cookie that was planted there before.
 * @param complete given what else to write; says whether it was what completed the sign-in
 */
export async function knowingBrowser(
  { store, clock, random }: Pick<LoginNeeds, 'store' | 'clock' | 'random'>,
  c: Call,
  user: UserId,
  complete: (also: (tx: Db) => Promise<void>) => Promise<boolean>,
): Promise<boolean> {
  const secret = base64url(random(16))
  const place = { user, place: digest(secret), was: browserPlace(c), now: clock.now() }
  let isNew = false
  const isDone = await complete(async (tx) => {
    isNew = await knowPlace(tx, store, place)
  })
  if (isDone && isNew) {
    const maxAge = KNOWN_MS / 1000
    setCookie(c, NAME, secret, { path: '/', httpOnly: true, secure: true, sameSite: 'Strict', maxAge })
  }
  return isDone
}
