// Harbour's addresses. The session begins when OpenID Connect says who is there, and lives in a cookie.
import { readFileSync } from 'node:fs'
import { type Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { AuthorizationResponseError } from 'openid-client'
import { notSignedInPage, signedInPage, welcomePage } from './pages.ts'
import type { Person, RelyingParty, SignInChecks } from './relying-party.ts'
import type { Remembered } from './remembered.ts'

export type HarbourNeeds = {
  /** its own origin */
  url: string
  party: RelyingParty
  signIns: Remembered<SignInChecks>
  sessions: Remembered<Person>
}

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  // Without any referrer a form's Origin would be 'null', and that is what tells its posts from other sites'.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}
const SESSION = 'harbour-session'

/** A name for each sign-in, so that two tabs don't take each other's. */
const signInCookie = (state: string | undefined) => `harbour-sign-in-${state?.slice(0, 12)}`

const file = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const style = file('harbour.css')
const mark = file('harbour.svg')

export function harbourSite(needs: HarbourNeeds): Hono {
  const { url, sessions } = needs
  const site = new Hono()
  site.use('*', async (c, next) => {
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value)
    await next()
  })
  site.get('/', (c) => {
    const person = sessions.find(getCookie(c, SESSION))
    return c.html(person ? signedInPage(person) : welcomePage())
  })
  site.get('/sign-in', (c) => signIn(needs, c))
  site.get('/callback', (c) => callback(needs, c))
  site.post('/sign-out', (c) => {
    if (c.req.header('origin') !== url) return c.html(notSignedInPage('That came from another site.'), 403)
    sessions.forget(getCookie(c, SESSION))
    deleteCookie(c, SESSION, { path: '/' })
    return c.redirect('/', 303)
  })
  site.get('/harbour.css', (c) => c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' }))
  site.get('/harbour.svg', (c) => c.body(mark, 200, { 'Content-Type': 'image/svg+xml' }))
  return site
}

async function signIn({ url, party, signIns }: HarbourNeeds, c: Context): Promise<Response> {
  try {
    const { url: to, checks } = await party.begin()
    setCookie(c, signInCookie(checks.state), signIns.keep(checks), { ...attributes(url), maxAge: 20 * 60 })
    return c.redirect(to.href, 303)
  } catch (error) {
    logFault(error)
    return c.html(notSignedInPage('The sign-in service does not answer just now.'), 502)
  }
}

async function callback({ url, party, signIns, sessions }: HarbourNeeds, c: Context): Promise<Response> {
  const cookie = signInCookie(c.req.query('state'))
  const checks = signIns.take(getCookie(c, cookie))
  if (!checks) return c.html(notSignedInPage('That sign-in was begun elsewhere, or too long ago.'), 400)
  deleteCookie(c, cookie, { path: '/' })
  try {
    const person = await party.complete(new URL(c.req.url.slice(new URL(c.req.url).origin.length), url), checks)
    sessions.forget(getCookie(c, SESSION))
    setCookie(c, SESSION, sessions.keep(person), attributes(url))
    return c.redirect('/', 303)
  } catch (error) {
    if (error instanceof AuthorizationResponseError && error.error === 'access_denied')
      return c.html(notSignedInPage('You turned back, or your sign-in was not approved.'), 403)
    logFault(error)
    return c.html(notSignedInPage('The sign-in could not be completed.'), 502)
  }
}

/** Lax: the browser comes back from another origin. */
const attributes = (url: string) =>
  ({ path: '/', httpOnly: true, secure: url.startsWith('https:'), sameSite: 'Lax' }) as const

/** What kind of fault, and no more: messages may hold codes and tokens. */
function logFault(error: unknown): void {
  const { name, code } = error as { name?: string; code?: string }
  process.stderr.write(`harbour: sign-in failed (${[name, code].filter(Boolean).join(' ')})\n`)
}
