// An application signs somebody out (OpenID Connect RP-Initiated Logout 1.0): that sign-in of theirs ends, and the
// browser goes back. There is no session here to be asked about. Attack stopped: whoever has no ID token of a sign-in
// ends none, and the way back is one of the application's own, to the letter.
import { Hono } from 'hono'
import { decodeJwt } from 'jose'
import type { Client, Provider } from 'oidc-provider'
import * as z from 'zod/mini'
import type { ApplicationId, RandomBytes, UserId } from '../../protocol/ids.ts'
import { t } from '../../words/oidc.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { endSignIns } from '../handed-out/sign-ins.ts'
import { boundedBody, readText } from '../http/body.ts'
import type { Call, Env } from '../http/env.ts'
import type { Store } from '../store/store.ts'
import { errorPage, messagePage } from './error-page.ts'

export type LogoutNeeds = { store: Store; clock: Clock; random: RandomBytes; provider: () => Promise<Provider> }

export const LOGOUT_PATH = '/session/end'
const FORM = 'application/x-www-form-urlencoded'

const asked = z.object({
  id_token_hint: z.optional(z.string()),
  client_id: z.optional(z.string()),
  post_logout_redirect_uri: z.optional(z.string()),
  state: z.optional(z.string()),
})
type Asked = z.infer<typeof asked>
type Hint = { user: UserId; application: ApplicationId; sid: string | undefined }

class Refused extends Error {}

export function logoutRoutes(needs: LogoutNeeds): Hono<Env> {
  const routes = new Hono<Env>()
  routes.on(['GET', 'POST'], '/', boundedBody, (c) => signOut(needs, c))
  return routes
}

async function signOut(needs: LogoutNeeds, c: Call): Promise<Response> {
  try {
    const given = readAsked(c)
    const hint = await hintOf(needs, given)
    const back = wayBack(await clientOf(needs, given, hint), given)
    if (hint) await end(needs, hint)
    return back ? c.redirect(back, 303) : c.html(messagePage(t('oidc.signedOut.title'), t('oidc.signedOut.body')))
  } catch (error) {
    if (error instanceof Refused) return c.html(errorPage('invalid_request', error.message), 400)
    throw error
  }
}

function readAsked(c: Call): Asked {
  const all = c.req.method === 'POST' ? new URLSearchParams(readText(c, FORM)) : new URL(c.req.url).searchParams
  // RFC 6749 §3.1: no parameter twice.
  if (new Set(all.keys()).size < all.size) throw new Refused('a parameter is there more than once')
  return asked.parse(Object.fromEntries(all))
}

/** An ID token of ours, however old. */
async function hintOf({ provider }: LogoutNeeds, { id_token_hint: token }: Asked): Promise<Hint | undefined> {
  if (token === undefined) return undefined
  const { Client, IdToken } = await provider()
  try {
    const { aud } = decodeJwt(token)
    const client = typeof aud === 'string' ? await Client.find(aud) : undefined
    if (!client) throw new Error('no such client')
    const { payload } = await IdToken.validate(token, client)
    const sid = typeof payload.sid === 'string' ? payload.sid : undefined
    return { user: payload.sub as UserId, application: client.clientId as ApplicationId, sid }
  } catch {
    throw new Refused('id_token_hint is no ID token of this server')
  }
}

async function clientOf({ provider }: LogoutNeeds, { client_id: id }: Asked, hint: Hint | undefined) {
  if (hint && id !== undefined && id !== hint.application) throw new Refused('client_id is not that of id_token_hint')
  const clientId = hint?.application ?? id
  return clientId === undefined ? undefined : (await provider()).Client.find(clientId)
}

function wayBack(client: Client | undefined, { post_logout_redirect_uri: uri, state }: Asked): string | undefined {
  if (uri === undefined) return undefined
  if (!client?.postLogoutRedirectUris?.includes(uri)) throw new Refused('post_logout_redirect_uri is not registered')
  const url = new URL(uri)
  if (state !== undefined) url.searchParams.set('state', state)
  return url.href
}

/** An ID token from before sign-ins had names is of every sign-in of that person there. */
async function end(needs: LogoutNeeds, { user, application, sid }: Hint): Promise<void> {
  const at = needs.clock.now()
  await needs.store.write(async (tx) => {
    const which = { user, application, ...(sid !== undefined && { sid }) }
    const ended = await endSignIns(tx, needs, which)
    if (ended > 0) await record(tx, { at, kind: 'signed-out', user, application, detail: { ended, by: 'application' } })
  })
}
