// Connections to the outside, kept alive for each origin, and never to an address of the inside.
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector, ProxyAgent } from 'undici'
import type { Lookup } from './endpoint.ts'
import { AddressRefused, isPublicAddress } from './public-address.ts'

export type Ways = { direct: Agent; proxy: ProxyAgent | undefined }

/** Shorter than what firewalls between forget idle connections after. */
const KEEP_ALIVE_MS = 30_000

type Needs = {
  allowedOrigins: readonly string[]
  lookup: Lookup
  httpsProxy: string | undefined
  /** sockets for one origin */
  connections: number
}

export function openWays(needs: Needs): Ways {
  const { httpsProxy, connections } = needs
  const pool = { connections, keepAliveTimeout: KEEP_ALIVE_MS }
  return {
    direct: new Agent({ ...pool, connect: guardedConnector(needs) }),
    proxy: httpsProxy === undefined ? undefined : new ProxyAgent({ ...pool, uri: httpsProxy }),
  }
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
