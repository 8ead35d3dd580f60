// What goes wrong in the provider that is not the caller's doing: told in the log as elsewhere, and where the store is
// away, whoever asked is told to come back and not that there is a fault.
import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { type TellNeeds, toldSparingly } from '../overload/told.ts'
import { isOutage } from '../store/outage.ts'
import { errorPage } from './error-page.ts'

const AWAY = ['temporarily_unavailable', 'the server can’t answer just now; try again'] as const

/** Before all else that stands in front of the provider: what of that fails is told too. */
export function tellFaults(provider: Provider, needs: TellNeeds): void {
  const outages = new WeakSet<object>()
  const tell = toldSparingly(needs)
  const told = (error: Error, route: string) => {
    const says = isOutage(error) ? 'the store can’t be used' : 'the OpenID provider failed'
    tell(`${says} ${route} ${error.name}`, { level: 'error', about: { route, err: error }, says })
  }
  provider.use(async (ctx, next) => {
    await next().catch((error: unknown) => {
      if (!isOutage(error)) throw error
      outages.add(ctx)
      told(error as Error, routeOf(ctx))
    })
    if (outages.has(ctx)) sayAway(ctx)
  })
  provider.on('server_error', (ctx, error) => {
    if (isOutage(error)) outages.add(ctx)
    told(error, routeOf(ctx))
  })
  // Koa's own event, of which the provider's types don't know.
  const koa: EventEmitter = provider
  koa.on('error', (error: Error, ctx?: { req: IncomingMessage }) => {
    if (ctx && isGone(ctx.req)) needs.log.debug({ err: error }, 'a caller of the OpenID provider went away')
    else told(error, ctx ? routeOf(ctx) : 'none')
  })
}

type Context = Parameters<Parameters<Provider['use']>[0]>[0]

/** Of the provider's own names for them. */
const routeOf = (ctx: object) => String((ctx as Partial<KoaContextWithOIDC>).oidc?.route ?? 'none')

/** Attack stopped: calls that are broken off, each an error in the log. */
const isGone = ({ complete, socket }: IncomingMessage) => !complete || socket.destroyed

/** RFC 6749 §4.1.2.1 has the word, for an application to which somebody is sent back too; the library has another. */
function sayAway(ctx: Context): void {
  const [error, description] = AWAY
  const back = ctx.response.get('Location')
  if (back) {
    ctx.set('Location', backWith(back, { error, error_description: description }))
    return
  }
  ctx.status = 503
  ctx.set('Retry-After', '1')
  if (ctx.accepts('json', 'html') === 'html') {
    ctx.type = 'html'
    ctx.body = errorPage(error, description)
  } else ctx.body = { error, error_description: description }
}

/** Only where it tells of the fault already: whoever goes on to a page of ours reads it there. */
function backWith(address: string, told: Record<string, string>): string {
  if (!URL.canParse(address)) return address
  const url = new URL(address)
  if (url.searchParams.get('error') !== 'server_error') return address
  for (const [name, value] of Object.entries(told)) url.searchParams.set(name, value)
  return url.href
}
