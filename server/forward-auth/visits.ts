// A sign-in to a protected site: begun there, made at the login page, finished there. Attacks stopped: a link to a
// sign-in that somebody else began (each of the two origins holds a cookie of the browser that was there), and a code
// that is shown twice, late, or at another site.
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { crockford128 } from '../../protocol/crockford.ts'
import { base64url } from '../../protocol/encoding.ts'
import type { RandomBytes, UserId } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import { takeSignIn } from '../handed-out/under-way.ts'
import type { Call } from '../http/env.ts'
import type { Authorizations, PendingAuthorization } from '../login/authorization.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import type { SiteVisitsTable } from '../store/site-tables.ts'
import type { Store } from '../store/store.ts'
import type { Site } from './site.ts'

export type VisitNeeds = { store: Store; clock: Clock; random: RandomBytes; publicOrigin: string }
type Visit = SiteVisitsTable

const PREFIX = 'site-'
const VISIT_MS = 15 * 60 * 1000
const CODE_MS = 60 * 1000
const SHORT = 12

const COOKIE = { path: '/', httpOnly: true, secure: true } as const
/** To the site people come back from another origin, so its cookie may go with a link. */
const AT = { browser: { ...COOKIE, sameSite: 'Lax' }, visitor: { ...COOKIE, sameSite: 'Strict' } } as const

/** A name for each visit, so that two tabs don't take each other's. */
const cookieOf = (id: string, where: keyof typeof AT) => `__Host-countersign-${where}-${id.slice(0, SHORT)}`

/** @returns where the browser goes on */
export async function beginVisit(
  { store, clock, random, publicOrigin }: VisitNeeds,
  c: Call,
  { origin, application }: Site,
  way_back: string,
): Promise<string> {
  const id = PREFIX + crockford128(random(16))
  const secret = base64url(random(16))
  const begun = { visitor: null, user_id: null, code: null, expires_at: clock.now() + VISIT_MS }
  const row: Visit = { id, origin, application_id: application, way_back, browser: digest(secret), ...begun }
  await store.write((tx) => tx.insertInto('site_visits').values(row).execute())
  setCookie(c, cookieOf(id, 'browser'), secret, { ...AT.browser, maxAge: VISIT_MS / 1000 })
  return `${publicOrigin}/protected/enter/${id}`
}

/** The first browser that comes from the site is the one that signs in. @returns where it goes on */
export async function enterVisit({ store, clock, random }: VisitNeeds, c: Call, id: string): Promise<string> {
  const secret = base64url(random(16))
  const { numUpdatedRows } = await store.write((tx) =>
    tx
      .updateTable('site_visits')
      .set({ visitor: digest(secret) })
      .where('id', '=', id)
      .where('visitor', 'is', null)
      .where('expires_at', '>', clock.now())
      .executeTakeFirstOrThrow(),
  )
  if (numUpdatedRows === 1n) setCookie(c, cookieOf(id, 'visitor'), secret, { ...AT.visitor, maxAge: VISIT_MS / 1000 })
  // Any other finds there that it began none.
  return `/login/${encodeURIComponent(id)}`
}

async function visitWith(
  { store, clock }: Pick<VisitNeeds, 'store' | 'clock'>,
  c: Call,
  id: string,
  whose: keyof typeof AT,
): Promise<Visit | undefined> {
  const secret = id.startsWith(PREFIX) ? getCookie(c, cookieOf(id, whose)) : undefined
  if (!secret) return undefined
  return store.read
    .selectFrom('site_visits')
    .selectAll()
    .where('id', '=', id)
    .where(whose, '=', digest(secret))
    .where('expires_at', '>', clock.now())
    .executeTakeFirst()
}

export const visitAtHome = (needs: VisitNeeds, c: Call, id: string) => visitWith(needs, c, id, 'visitor')

/** Authorizations of other applications, and visits to protected sites. */
export function withSites(others: Authorizations, needs: VisitNeeds): Authorizations {
  return {
    async of(c, uid) {
      const visit = await visitAtHome(needs, c, uid)
      return visit ? pending(needs, visit) : others.of(c, uid)
    },
  }
}

export const leftAddress = (publicOrigin: string, site: string) =>
  `${publicOrigin}/protected/left?${new URLSearchParams({ site })}`

function pending(
  { publicOrigin }: VisitNeeds,
  { id, application_id, origin, expires_at }: Visit,
): PendingAuthorization {
  return {
    uid: id,
    clientId: application_id,
    expiresAt: expires_at,
    loginHint: undefined,
    accept: async () => `${publicOrigin}/protected/arrive/${id}`,
    // At the site itself the sign-in would begin anew.
    refuse: async () => leftAddress(publicOrigin, origin),
  }
}

/**
 * The person is known. @returns where the browser goes on: with a code that is good once, there, for a minute; or, where
 * the sign-in was ended meanwhile, to begin anew
 */
export async function acceptVisit(
  { store, clock, random }: VisitNeeds,
  c: Call,
  { visit, user, signIn }: { visit: Visit; user: UserId; signIn: string },
): Promise<string> {
  const code = base64url(random(32))
  const known = { user_id: user, code: digest(code), expires_at: clock.now() + CODE_MS }
  const isKnown = await store.write(async (tx) => {
    if (!(await takeSignIn(tx, { id: signIn, user }))) return false
    const { numUpdatedRows } = await tx
      .updateTable('site_visits')
      .set(known)
      .where('id', '=', visit.id)
      .where('code', 'is', null)
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  })
  deleteCookie(c, cookieOf(visit.id, 'visitor'), AT.visitor)
  return isKnown
    ? `${visit.origin}/forward-auth/finish?${new URLSearchParams({ visit: visit.id, code })}`
    : visit.way_back
}

/** Back at the site, once. @param begin what follows, with it or not at all @returns where to */
export async function finishVisit(
  needs: VisitNeeds,
  c: Call,
  { origin }: Site,
  { id, code }: { id: string; code: string },
  begin: (tx: Db, user: UserId) => Promise<void>,
): Promise<string | undefined> {
  const visit = await visitWith(needs, c, id, 'browser')
  const user = visit?.user_id
  if (!visit || !user || visit.origin !== origin || visit.code !== digest(code)) return undefined
  deleteCookie(c, cookieOf(id, 'browser'), AT.browser)
  const isFirst = await needs.store.write(async (tx) => {
    const { numDeletedRows } = await tx.deleteFrom('site_visits').where('id', '=', id).executeTakeFirstOrThrow()
    if (numDeletedRows === 1n) await begin(tx, user)
    return numDeletedRows === 1n
  })
  return isFirst ? visit.way_back : undefined
}
