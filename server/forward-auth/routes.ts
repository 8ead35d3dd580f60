// /forward-auth, on the host of the site that a proxy protects; /protected, on the public origin, the part in between.
import type { Hono } from 'hono'
import type { Limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import { applicationOfSite } from '../applications/protected-sites.ts'
import type { AddressOf } from '../http/client-address.ts'
import type { Call, Env } from '../http/env.ts'
import { conversation } from '../http/routes.ts'
import { signInIdFrom, takeCookie } from '../login/cookie.ts'
import { outcomeOf } from '../login/finish.ts'
import { signInRow } from '../login/rows.ts'
import { countedAddress } from '../throttling/address.ts'
import { takeHit } from '../throttling/hits.ts'
import { leftPage } from './left-page.ts'
import { beginSession, type SiteSessions } from './sessions.ts'
import { type SiteNeeds, siteOf } from './site.ts'
import { visitorHeaders } from './visitor-headers.ts'
import {
  acceptVisit,
  beginVisit,
  enterVisit,
  finishVisit,
  leftAddress,
  type VisitNeeds,
  visitAtHome,
} from './visits.ts'
import { askedIn, wayBack } from './way-back.ts'

export type ForwardAuthNeeds = SiteNeeds &
  VisitNeeds & { siteSessions: SiteSessions; addressOf: AddressOf; limits: Pick<Limits, 'authorizationsPerAddress'> }

/** Whatever the host: the site that the proxy names has to be one of ours. */
export function forwardAuthRoutes(needs: ForwardAuthNeeds): Hono<Env> {
  return conversation([], {
    '/': { GET: (c) => check(needs, c) },
    '/start': { GET: (c) => start(needs, c) },
    '/finish': { GET: (c) => finish(needs, c) },
    '/leave': { GET: (c) => leave(needs, c) },
  })
}

export function protectedRoutes(needs: ForwardAuthNeeds): Hono<Env> {
  return conversation([], {
    '/enter/:visit': { GET: async (c) => c.redirect(await enterVisit(needs, c, c.req.param('visit') ?? ''), 303) },
    '/arrive/:visit': { GET: (c) => arrive(needs, c) },
    '/left': { GET: (c) => left(needs, c) },
  })
}

/** nginx asks without the address that was asked for, and sends people on by itself; Caddy and Traefik hand on what we answer. */
async function check(needs: ForwardAuthNeeds, c: Call): Promise<Response> {
  const site = await siteOf(needs, c)
  const visitor = await needs.siteSessions.of(c, site)
  if (visitor) return new Response(null, { status: 204, headers: visitorHeaders(visitor) })
  const asked = c.req.header('x-forwarded-uri')
  const method = c.req.header('x-forwarded-method') ?? 'GET'
  if (asked === undefined || method !== 'GET' || !isNavigation(c)) throw new Problem('unauthenticated')
  const back = wayBack(site.origin, asked).slice(site.origin.length)
  return c.redirect(`${site.origin}/forward-auth/start?rd=${back}`, 302)
}

/**
 * A person who opens a page, not a script or a picture on one. Nor a frame, for nobody signs in there: the login page shows
 * itself in none. Attack stopped: hidden frames on any page, or what is fetched ahead, that use up what a whole office has.
 */
function isNavigation({ req }: Call): boolean {
  const accepts = (req.header('accept') ?? '').toLowerCase().includes('text/html')
  const isPage = (req.header('sec-fetch-dest') ?? 'document') === 'document' && req.header('sec-purpose') === undefined
  return accepts && isPage && (req.header('sec-fetch-mode') ?? 'navigate') === 'navigate'
}

async function start(needs: ForwardAuthNeeds, c: Call): Promise<Response> {
  const { store, clock, limits } = needs
  const site = await siteOf(needs, c)
  if (!isNavigation(c)) throw new Problem('unauthenticated')
  const back = wayBack(site.origin, askedIn(new URL(c.req.url).search))
  if (await needs.siteSessions.of(c, site)) return c.redirect(back, 302)
  const bucket = `site:${countedAddress(needs.addressOf(c))}`
  await takeHit(store, { bucket, rate: limits.authorizationsPerAddress, now: clock.now() })
  return c.redirect(await beginVisit(needs, c, site, back), 302)
}

/** From the login page, which applied the policy: whatever it was content with is enough. */
async function arrive(needs: ForwardAuthNeeds, c: Call): Promise<Response> {
  const uid = c.req.param('visit') ?? ''
  const visit = await visitAtHome(needs, c, uid)
  const id = visit && signInIdFrom(c, uid)
  const signIn = id ? await signInRow(needs.store.read, id) : undefined
  if (!visit || signIn?.interaction !== uid || !outcomeOf(signIn))
    return c.redirect(`/login/${encodeURIComponent(uid)}`, 303)
  takeCookie(c, uid)
  return c.redirect(await acceptVisit(needs, c, { visit, user: signIn.user_id, signIn: signIn.id }), 303)
}

/** What does not fit begins again at the front page. */
async function finish(needs: ForwardAuthNeeds, c: Call): Promise<Response> {
  const site = await siteOf(needs, c)
  const shown = { id: c.req.query('visit') ?? '', code: c.req.query('code') ?? '' }
  const back = await finishVisit(needs, c, site, shown, (tx, user) => beginSession(tx, needs, c, { ...site, user }))
  return c.redirect(back ?? `${site.origin}/`, 303)
}

/** Attack stopped: another site that signs people out. */
async function leave(needs: ForwardAuthNeeds, c: Call): Promise<Response> {
  const site = await siteOf(needs, c)
  if (!['same-origin', 'none'].includes(c.req.header('sec-fetch-site') ?? 'none')) throw new Problem('cross-site')
  await needs.siteSessions.end(c, site)
  return c.redirect(leftAddress(needs.publicOrigin, site.origin), 303)
}

async function left({ store }: ForwardAuthNeeds, c: Call): Promise<Response> {
  const site = c.req.query('site') ?? ''
  return c.html(leftPage((await applicationOfSite(store.read, site)) ? site : undefined))
}
