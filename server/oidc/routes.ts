// /oidc: the provider answers on Node's own request and response, below its mount.
import { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { Provider } from 'oidc-provider'
import type { Call, Env } from '../http/env.ts'
import { LOGOUT_PATH, type LogoutNeeds, logoutRoutes } from './logout.ts'
import { MOUNT } from './mount.ts'
import { REGISTRATION_PATH, type RegistrationNeeds, registrationRoutes } from './registration.ts'
import { fairShare, type ShareNeeds } from './share.ts'

type Handler = ReturnType<Provider['callback']>

const handlers = new WeakMap<Provider, Handler>()

function handlerOf(provider: Provider): Handler {
  const known = handlers.get(provider) ?? provider.callback()
  handlers.set(provider, known)
  return known
}

export function oidcRoutes(needs: LogoutNeeds & RegistrationNeeds & ShareNeeds, entra?: Hono<Env>): Hono<Env> {
  const routes = new Hono<Env>()
  routes.use(fairShare(needs))
  if (entra) routes.route('/entra', entra)
  routes.route(REGISTRATION_PATH, registrationRoutes(needs))
  routes.route(LOGOUT_PATH, logoutRoutes(needs))
  // What the provider would ask about its session, which is none.
  routes.all(`${LOGOUT_PATH}/*`, (c) => c.notFound())
  routes.all('*', async (c) => belowMount(c, handlerOf(await needs.provider())))
  return routes
}

async function belowMount(c: Call, handle: Handler): Promise<Response> {
  if (!c.env) throw new Error('the OpenID provider needs a Node server')
  const { incoming, outgoing } = c.env
  // RFC 9112 §3.2.2: a request line may name the host as well, which was compared before. Cut at the mount's length such
  // a one would be an address that nobody meant.
  const url = (incoming.url ?? '/').replace(/^https?:\/\/[^/?#]*/i, '') || '/'
  // The provider finds its own mount by comparing the two.
  Object.assign(incoming, { originalUrl: url, url: url.slice(MOUNT.length) || '/' })
  if (c.req.method === 'HEAD') return headOnly(new ServerResponse(incoming), (said) => handle(incoming, said))
  await handle(incoming, outgoing)
  return RESPONSE_ALREADY_SENT
}

/**
 * Hono makes an answer of its own of the one to HEAD, and would send it after the provider's. Attack stopped: a stranger
 * who fills the log with it.
 */
async function headOnly(said: ServerResponse, handle: (said: ServerResponse) => Promise<void>): Promise<Response> {
  await handle(said)
  const headers = new Headers()
  for (const [name, value = ''] of Object.entries(said.getHeaders()))
    for (const each of [value].flat()) headers.append(name, String(each))
  return new Response(null, { status: said.statusCode, headers })
}
