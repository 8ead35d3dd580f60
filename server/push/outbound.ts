// The way out to push services: connections kept alive for each origin, through the organisation's proxy where it
// has one, and never to an address of the inside.
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector, type Dispatcher, ProxyAgent } from 'undici'
import type { Lookup } from './endpoint.ts'
import { isPublicAddress } from './public-address.ts'

export type Outbound = {
  isProxied(origin: string): boolean
  dispatcher(origin: string): Dispatcher
  close(): Promise<void>
}

/** The address that a connection would have used is not public. */
export class AddressRefused extends Error {
  constructor() {
    super('the address is not public')
    this.name = 'AddressRefused'
  }
}

/** Sockets for one push service. */
export const CONNECTIONS_PER_ORIGIN = 64
/** Shorter than what firewalls between forget idle connections after. */
const KEEP_ALIVE_MS = 30_000

export function openOutbound(needs: {
  allowedOrigins: readonly string[]
  lookup: Lookup
  httpsProxy: string | undefined
  /** names with all below them, `name:port`, or `*`, separated by commas or blanks */
  noProxy: string | undefined
}): Outbound {
  const { httpsProxy, noProxy = '' } = needs
  const pool = { connections: CONNECTIONS_PER_ORIGIN, keepAliveTimeout: KEEP_ALIVE_MS }
  const direct = new Agent({ ...pool, connect: guardedConnector(needs) })
  const proxy = httpsProxy === undefined ? undefined : new ProxyAgent({ ...pool, uri: httpsProxy })
  const isProxied = (origin: string) => proxy !== undefined && !isExempt(origin, noProxy)
  return {
    isProxied,
    dispatcher: (origin) => (proxy && isProxied(origin) ? proxy : direct),
    close: async () => {
      await Promise.all([direct.close(), proxy?.close()])
    },
  }
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

/**
 * Looks at the very address that is connected to. A name can resolve to a public address while its endpoint is
 * checked and to a private one now (DNS rebinding).
 */
function guardedConnector({ allowedOrigins, lookup }: { allowedOrigins: readonly string[]; lookup: Lookup }) {
  const anywhere = buildConnector({ lookup: socketLookup(lookup) })
  const publicOnly = buildConnector({
    lookup: socketLookup(async (hostname) => {
      const addresses = await lookup(hostname)
      if (!addresses.every(isPublicAddress)) throw new AddressRefused()
      return addresses
    }),
  })
  const connector: buildConnector.connector = (target, callback) => {
    const { origin } = new URL(`${target.protocol}//${target.host ?? target.hostname}`)
    if (allowedOrigins.includes(origin)) return anywhere(target, callback)
    // An address in place of a name is connected to without any look-up.
    if (isIP(target.hostname) !== 0 && !isPublicAddress(target.hostname)) {
      return queueMicrotask(() => callback(new AddressRefused(), null))
    }
    return publicOnly(target, callback)
  }
  return connector
}

/** A look-up in the shape that sockets ask for. */
function socketLookup(lookup: Lookup): LookupFunction {
  return (hostname, { all }, callback) => {
    lookup(hostname).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }))
        const [first] = found
        if (!first) return callback(new Error('the name has no address'), '')
        if (all) return callback(null, found)
        callback(null, first.address, first.family)
      },
      (error: Error) => callback(error, ''),
    )
  }
}
