// Which site a proxy asks for. Attack stopped: a caller who names a site itself, or a site that is nobody's.
import type { ApplicationId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { applicationOfSite } from '../applications/protected-sites.ts'
import type { IsProxy } from '../http/client-address.ts'
import type { Call } from '../http/env.ts'
import type { Store } from '../store/store.ts'

export type SiteNeeds = { store: Store; isProxy: IsProxy }
export type Site = { origin: string; application: ApplicationId }

/** @throws {Problem} wrong-host */
export async function siteOf({ store, isProxy }: SiteNeeds, c: Call): Promise<Site> {
  const refuse = (detail: string) => new Problem('wrong-host', { detail })
  if (!isProxy(c)) throw refuse('Only a proxy named in COUNTERSIGN_TRUSTED_PROXIES may ask for a site.')
  const origin = originSaid(c)
  if (origin === undefined) throw refuse('X-Forwarded-Proto and X-Forwarded-Host do not name a site.')
  const application = await applicationOfSite(store.read, origin)
  if (!application) throw refuse(`${origin} is no protected site of any application.`)
  return { origin, application }
}

/** One value each: where two proxies have written, the first may be the client's own invention. */
function originSaid(c: Call): string | undefined {
  const host = c.req.header('x-forwarded-host') ?? ''
  const proto = c.req.header('x-forwarded-proto') ?? ''
  if (!/^https?$/.test(proto) || !/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`${proto}://${host}`)) return undefined
  return new URL(`${proto}://${host}`).origin
}
