// Who calls: an API token, or the console's cookie. Attack stopped: a foreign page that calls with an operator's
// cookie; whatever changes something must come from our own origin, and so must signing in.
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { Problem } from '../../protocol/problems.ts'
import type { Assembly } from '../assemble.ts'
import type { Call, Middleware } from '../http/env.ts'
import { apiTokenOf } from '../operators/api-tokens.ts'
import type { Authenticated } from '../operators/authenticated.ts'
import { SESSION_MS, sessionOf } from '../operators/sessions.ts'

const COOKIE = '__Host-countersign-console'
const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'Strict' } as const
const SAFE = ['GET', 'HEAD', 'OPTIONS']

type Needs = Pick<Assembly, 'store' | 'clock' | 'publicOrigin'>

/** @param open paths that nobody has to sign in for @throws {Problem} unauthenticated, cross-site */
export function authenticated(needs: Needs, open: ReadonlySet<string>): Middleware {
  return async (c, next) => {
    const who = await authenticatedBy(needs, c)
    if (!who && !open.has(c.req.path)) throw unauthenticated()
    const isFromElsewhere = c.req.header('origin') !== needs.publicOrigin
    if (who?.kind !== 'api-token' && !SAFE.includes(c.req.method) && isFromElsewhere) throw new Problem('cross-site')
    if (who) c.set('operator', who)
    await next()
  }
}

/** A token that is wrong is not made good by a cookie beside it. */
export async function authenticatedBy(needs: Needs, c: Call): Promise<Authenticated | undefined> {
  const given = c.req.header('authorization')
  if (given !== undefined) {
    const secret = /^Bearer (cso_[0-9a-z]{26})$/i.exec(given)?.[1]
    const token = secret === undefined ? undefined : await apiTokenOf(needs, secret)
    if (!token) throw unauthenticated()
    return { kind: 'api-token', token }
  }
  const secret = getCookie(c, COOKIE)
  const session = secret === undefined ? undefined : await sessionOf(needs, secret, !isBackground(c))
  return session && { kind: 'operator', session }
}

/** What a page asks for by itself: nobody may be there. */
const isBackground = (c: Call) =>
  c.req.header('countersign-background') !== undefined || c.req.header('accept') === 'text/event-stream'

const unauthenticated = () => new Problem('unauthenticated', { headers: { 'WWW-Authenticate': 'Bearer' } })

export function browserOf(c: Call) {
  return {
    keep: (secret: string) => setCookie(c, COOKIE, secret, { ...ATTRIBUTES, maxAge: SESSION_MS / 1000 }),
    forget: () => void deleteCookie(c, COOKIE, ATTRIBUTES),
  }
}
