// When an application last began an authorization, and last exchanged a code: what whoever connects one looks for.
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { ApplicationId } from '../../protocol/ids.ts'
import { noteApplication } from '../applications/rows.ts'
import type { AdapterNeeds } from './sealed-artifacts.ts'

/** A write for every call would be much of what a call costs. */
const EVERY_MS = 60_000

export function noteLastSeen(provider: Provider, { store, clock }: AdapterNeeds): void {
  const noted = new Map<string, number>()
  provider.use(async (ctx, next) => {
    await next()
    const { oidc, status } = ctx as KoaContextWithOIDC
    const column = columnOf(oidc?.route, status)
    const client = oidc?.client?.clientId as ApplicationId | undefined
    if (!column || client === undefined) return
    const now = clock.now()
    const key = `${column} ${client}`
    if ((noted.get(key) ?? Number.NEGATIVE_INFINITY) > now - EVERY_MS) return
    noted.set(key, now)
    await store.write((tx) => noteApplication(tx, client, column, now))
  })
}

function columnOf(route: string | undefined, status: number): 'oidc_asked_at' | 'oidc_used_at' | undefined {
  if (route === 'token' && status === 200) return 'oidc_used_at'
  return route === 'authorization' && status === 303 ? 'oidc_asked_at' : undefined
}
