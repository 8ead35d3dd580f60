// A sign-in to the account page, from the press to the login page and back: what an authorization is to other
// applications. Attack stopped: its address alone opens nothing, for the browser that began it holds a cookie.
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { crockford128 } from '../../protocol/crockford.ts'
import { base64url } from '../../protocol/encoding.ts'
import type { RandomBytes } from '../../protocol/ids.ts'
import { ACCOUNT_CLIENT } from '../applications/account.ts'
import type { Clock } from '../clock.ts'
import type { Call } from '../http/env.ts'
import type { Authorizations, PendingAuthorization } from '../login/authorization.ts'
import { digest } from '../store/digest.ts'
import type { Store } from '../store/store.ts'

export type VisitNeeds = { store: Store; clock: Clock; random: RandomBytes; publicOrigin: string }

const PREFIX = 'my-'
const COOKIE = '__Host-countersign-visit'
const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'Strict' } as const
const VISIT_MS = 15 * 60 * 1000

/** @returns where the browser goes on */
export async function beginVisit({ store, clock, random }: VisitNeeds, c: Call): Promise<string> {
  const id = PREFIX + crockford128(random(16))
  const secret = base64url(random(16))
  setCookie(c, COOKIE, secret, { ...ATTRIBUTES, maxAge: VISIT_MS / 1000 })
  const row = { id, browser: digest(secret), expires_at: clock.now() + VISIT_MS }
  await store.write((tx) => tx.insertInto('account_visits').values(row).execute())
  return `/login/${id}`
}

export async function endVisit({ store }: VisitNeeds, c: Call, id: string): Promise<void> {
  deleteCookie(c, COOKIE, ATTRIBUTES)
  await store.write((tx) => tx.deleteFrom('account_visits').where('id', '=', id).execute())
}

/** Authorizations of other applications, and visits to the account page. */
export function withAccount(others: Authorizations, needs: VisitNeeds): Authorizations {
  return {
    of: async (c, uid) => (uid.startsWith(PREFIX) ? await visitOf(needs, c, uid) : undefined) ?? others.of(c, uid),
  }
}

export async function visitOf(
  { store, clock, publicOrigin }: VisitNeeds,
  c: Call,
  uid: string,
): Promise<PendingAuthorization | undefined> {
  const secret = getCookie(c, COOKIE)
  if (!secret) return undefined
  const row = await store.read
    .selectFrom('account_visits')
    .selectAll()
    .where('id', '=', uid)
    .where('browser', '=', digest(secret))
    .where('expires_at', '>', clock.now())
    .executeTakeFirst()
  if (!row) return undefined
  return {
    uid,
    clientId: ACCOUNT_CLIENT,
    expiresAt: row.expires_at,
    loginHint: undefined,
    accept: async () => `${publicOrigin}/account/arrive/${uid}`,
    refuse: async () => `${publicOrigin}/account`,
  }
}
