// Headers of every answer, and the hosts we answer for.
import { Problem } from '../../protocol/problems.ts'
import type { Call, Middleware } from './env.ts'

/** Attack stopped: scripts from elsewhere or inline, framing, string-to-code sinks (Trusted Types). */
export const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types vue countersign',
].join('; ')

/** @param styles hashes of what stands between a page's own `<style>` tags (CSP3 §6.7.3.3) */
export function policyWithStyles(styles: readonly string[]): string {
  return PAGE_POLICY.replace("style-src 'self'", ["style-src 'self'", ...styles.map((hash) => `'${hash}'`)].join(' '))
}

/** A worker's: the icons of its notifications come with them (sw/icons.ts). */
export const WORKER_POLICY = PAGE_POLICY.replace("img-src 'self'", "img-src 'self' data:")

export const SECURITY_HEADERS: Record<string, string> = {
  'Content-Security-Policy': PAGE_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(self), geolocation=(), microphone=(), payment=()',
}

/**
 * Set on every answer before anything else is known of it, whoever makes it; an answer may say otherwise where it must.
 * @param strict whether this server is reached by https only, and browsers should remember it: of its own name alone,
 *   for others below it may be somebody else's
 */
export function defaultHeaders(strict: boolean): Record<string, string> {
  return {
    ...SECURITY_HEADERS,
    'Cache-Control': 'no-store',
    ...(strict ? { 'Strict-Transport-Security': 'max-age=63072000' } : {}),
  }
}

/** The names of an origin in `Host`; RFC 9110 §4.2.3: its scheme's own port may be said or left away. */
function hostsOf(origin: string): string[] {
  const { protocol, host, port } = new URL(origin)
  return port === '' ? [host, `${host}:${protocol === 'https:' ? 443 : 80}`] : [host]
}

const hostAsked = (c: Call) => (c.req.header('host') ?? new URL(c.req.url).host).toLowerCase()

/** In the request line, which goes before `Host` (RFC 9112 §3.2.2): whoever stands before us may have gone by either. */
function namesAnotherHost(c: Call): boolean {
  if (c.env?.incoming?.url?.startsWith('/') ?? true) return false
  const { protocol, host } = new URL(c.req.url)
  return host !== new URL(`${protocol}//${hostAsked(c)}`).host
}

/** Attack stopped: DNS rebinding and cache poisoning by a foreign Host, or by one there and another in the request line. */
export function ownHosts(origins: readonly string[], open: readonly string[]): Middleware {
  const hosts = new Set(origins.flatMap(hostsOf))
  return async (c, next) => {
    const isOurs = hosts.has(hostAsked(c)) && !namesAnotherHost(c)
    if (!isOurs && !open.includes(c.req.path)) throw new Problem('wrong-host')
    await next()
  }
}

/** Only on the origin they belong to: a path of the other origin is not there. */
export function onlyOn(origin: string): Middleware {
  const own = hostsOf(origin)
  return async (c, next) => {
    if (!own.includes(hostAsked(c))) throw new Problem('not-found')
    await next()
  }
}

/** A page's address on one origin leads to the same address on the other, where it is. */
export function sentOn(from: string, to: string): Middleware {
  const own = from === to ? [] : hostsOf(from)
  return async (c, next) => {
    if (c.req.method === 'GET' && own.includes(hostAsked(c))) return c.redirect(to + c.req.path, 302)
    await next()
  }
}

/** Attack stopped: a foreign page that posts with the visitor's cookies. */
export function sameOriginPosts(origin: string): Middleware {
  return async (c, next) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD' && c.req.header('origin') !== origin)
      throw new Problem('cross-site')
    await next()
  }
}
