// What stands before the OpenID provider in every call: the origin from the configuration, our headers, no session.
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { SECURITY_HEADERS } from '../http/headers.ts'

/** Set on every answer; a page of the provider shows text in our colours and nothing else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/** Attack stopped: a forged Host or X-Forwarded-Proto that makes the provider send people elsewhere. */
export function answerAs(provider: Provider, origin: string): void {
  const { protocol, host } = new URL(origin)
  Object.defineProperties(provider.request, {
    protocol: { value: protocol.slice(0, -1) },
    host: { value: host },
    origin: { value: origin },
    // TLS ends at the proxy, or the origin is localhost, which browsers trust with secure cookies all the same.
    secure: { value: true },
  })
}

export function strictHeaders(provider: Provider): void {
  provider.use(async (ctx, next) => {
    ctx.set({ ...SECURITY_HEADERS, 'Content-Security-Policy': POLICY })
    await next()
    openTheWayBack(ctx as KoaContextWithOIDC)
  })
}

/** `response_mode=form_post` posts to the relying party, whose address was checked before. */
function openTheWayBack(ctx: KoaContextWithOIDC): void {
  const { response_mode: mode, redirect_uri: uri } = ctx.oidc?.params ?? {}
  if (mode !== 'form_post' || typeof uri !== 'string' || !ctx.response.is('html')) return
  if (!ctx.oidc.client?.redirectUriAllowed(uri)) return
  const policy = ctx.response.get('Content-Security-Policy')
  ctx.set('Content-Security-Policy', policy.replace("form-action 'none'", `form-action ${new URL(uri).origin}`))
}

/**
 * The provider's session lives for the length of one authorization and its cookie never leaves this server: with
 * nothing to remember, there is nothing to steal, to fixate or to sign out of.
 */
export function withoutSessionCookie(provider: Provider): void {
  const name = provider.cookieName('session')
  provider.use(async (ctx, next) => {
    ctx.req.headers.cookie = without(ctx.req.headers.cookie, name)
    await next()
    const set = ctx.response.headers['set-cookie']
    if (!Array.isArray(set)) return
    const kept = set.filter((cookie) => !isNamed(cookie, name))
    if (kept.length === 0) ctx.remove('Set-Cookie')
    else ctx.set('Set-Cookie', kept)
  })
}

const isNamed = (cookie: string, name: string) => cookie.startsWith(`${name}=`) || cookie.startsWith(`${name}.sig=`)

function without(cookies: string | undefined, name: string): string | undefined {
  return cookies
    ?.split(/;\s*/)
    .filter((cookie) => !isNamed(cookie, name))
    .join('; ')
}
