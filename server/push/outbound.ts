// The way out to push services: connections kept alive for each origin, through the organisation's proxy where it
// has one, and never to an address of the inside.
import type { Dispatcher } from 'undici'
import type { Lookup } from './endpoint.ts'
import type { Ways } from './ways-out.ts'

export type Outbound = {
  isProxied(origin: string): boolean
  /** Its library is loaded when somebody first goes out. */
  dispatcher(origin: string): Promise<Dispatcher>
  warmUp(): Promise<void>
  close(): Promise<void>
}

/** Sockets for one push service. */
export const CONNECTIONS_PER_ORIGIN = 64

type Needs = {
  allowedOrigins: readonly string[]
  lookup: Lookup
  httpsProxy: string | undefined
  /** names with all below them, `name:port`, or `*`, separated by commas or blanks */
  noProxy: string | undefined
}

export function openOutbound(needs: Needs): Outbound {
  const { httpsProxy, noProxy = '' } = needs
  const isProxied = (origin: string) => httpsProxy !== undefined && !isExempt(origin, noProxy)
  let opened: Promise<Ways> | undefined
  const ways = () => {
    opened ??= open(needs)
    return opened
  }
  return {
    isProxied,
    async dispatcher(origin) {
      const { direct, proxy } = await ways()
      return proxy && isProxied(origin) ? proxy : direct
    },
    async warmUp() {
      await ways()
    },
    async close() {
      const { direct, proxy } = (await opened) ?? {}
      await Promise.all([direct?.close(), proxy?.close()])
    },
  }
}

async function open(needs: Needs): Promise<Ways> {
  return (await import('./ways-out.ts')).openWays({ ...needs, connections: CONNECTIONS_PER_ORIGIN })
}

function isExempt(origin: string, noProxy: string): boolean {
  const { hostname, port } = new URL(origin)
  const entries = noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
  return entries.some((entry) => {
    if (entry === '*') return true
    const { name = entry, only } = /^(?<name>.+):(?<only>\d+)$/.exec(entry)?.groups ?? {}
    const base = name.replace(/^\*?\./, '')
    return (hostname === base || hostname.endsWith(`.${base}`)) && (!only || only === (port || '443'))
  })
}
