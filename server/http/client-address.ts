// Whose address a call came from, believing only the proxies we were told to believe.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Call } from './env.ts'

export type AddressOf = (c: Call) => string
/** Whether the call itself comes from one of them. */
export type IsProxy = (c: Call) => boolean

type Network = ReturnType<typeof ipaddr.parseCIDR>

/** @param trusted CIDRs of proxies whose forwarding headers are believed */
export function clientAddress(trusted: readonly string[]): AddressOf {
  const networks = trusted.map((cidr) => ipaddr.parseCIDR(cidr))
  return (c) => {
    const chain = forwarded(c)
    let address = callerOf(c)
    // From the nearest hop outwards, as long as the hop that says so is one of ours.
    while (chain.length > 0 && isTrusted(address, networks)) address = plain(chain.pop() ?? address)
    return address
  }
}

export function trustedProxy(trusted: readonly string[]): IsProxy {
  const networks = trusted.map((cidr) => ipaddr.parseCIDR(cidr))
  return (c) => isTrusted(callerOf(c), networks)
}

const callerOf = (c: Call) => plain(c.env?.incoming?.socket?.remoteAddress ?? '127.0.0.1')

/**
 * RFC 7239 `Forwarded`, or `X-Forwarded-For`; outermost first. A proxy sets one of them and passes the other on as it
 * came, so where both arrive one may be the client's own invention, and neither is believed.
 */
function forwarded(c: Call): string[] {
  const standard = c.req.header('forwarded')
  const usual = c.req.header('x-forwarded-for')
  if (standard !== undefined && usual !== undefined) return []
  const hops = standard
    ? standard.split(',').map((hop) => /(?:^|;)\s*for="?\[?([^\]";,\s]+)/i.exec(hop)?.[1] ?? '')
    : (usual ?? '').split(',')
  return hops.map((hop) => withoutPort(hop.trim())).filter((hop) => isIP(hop) !== 0)
}

function withoutPort(hop: string): string {
  const four = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)
  return four?.[1] ?? hop
}

function plain(address: string): string {
  return isIP(address) === 0 ? address : ipaddr.process(address.split('%')[0] ?? address).toString()
}

function isTrusted(address: string, networks: readonly Network[]): boolean {
  if (isIP(address) === 0) return false
  const parsed = ipaddr.process(address)
  return networks.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network as never, bits))
}
