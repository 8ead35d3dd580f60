// The hosted login page over real HTTP, as far as a browser that runs no script gets.
import { createHash, randomBytes } from 'node:crypto'
import { Browsing } from './browsing.ts'
import type { TestServer } from './server.ts'

export const CALLBACK = 'http://localhost:4999/callback'

/** A browser that an application has sent to the login page. */
export async function arrival(
  server: TestServer,
  clientId: string,
  browser = new Browsing(),
  wishes: Record<string, string> = {},
) {
  const challenge = createHash('sha256').update(randomBytes(32).toString('base64url')).digest('base64url')
  const asked = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...wishes,
  })
  const { url } = await browser.visit(`${server.wire.origin}/oidc/auth?${asked}`)
  const post = async (call: string, body: unknown, headers: Record<string, string> = {}) => {
    const own = { 'content-type': 'application/json', origin: server.wire.origin, ...headers }
    const sent = { method: 'POST', headers: own, body: JSON.stringify(body) }
    const response = await browser.fetch(`${url}/api/${call}`, sent)
    return { status: response.status, text: await response.text(), cookies: response.headers.getSetCookie() }
  }
  return { page: url, browser, post }
}
