// Whose address a call came from, believing only the proxies we were told to believe.
import { isIP, type Socket } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Problem } from '../../protocol/problems.ts'
import type { Call } from './env.ts'

export type AddressOf = (c: Call) => string
/** Whether the call itself comes from one of them. */
export type IsProxy = (c: Call) => boolean

type Network = ReturnType<typeof ipaddr.parseCIDR>

/**
 * @param trusted CIDRs of proxies whose forwarding headers are believed
 * @returns throws `malformed` where a trusted hop says so that nobody can know who was before it: to go on with another
 *   address would let the client choose one
 */
export function clientAddress(trusted: readonly string[]): AddressOf {
  const networks = trusted.map((cidr) => ipaddr.parseCIDR(cidr))
  return (c) => {
    let address = callerOf(c)
    if (!isTrusted(address, networks)) return address
    const chain = forwarded(c)
    // From the nearest hop outwards, as long as the hop that says so is one of ours.
    while (isTrusted(address, networks)) {
      const before = chain.pop()
      if (before === undefined) return address
      if (isIP(before) === 0) throw unreadable()
      address = plain(before)
    }
    return address
  }
}

const unreadable = () =>
  new Problem('malformed', { detail: 'The proxy does not say clearly where this call came from.' })

/** @returns whether an address is one of theirs */
export function trustedAddress(trusted: readonly string[]): (address: string) => boolean {
  const networks = trusted.map((cidr) => ipaddr.parseCIDR(cidr))
  return (address) => isTrusted(address, networks)
}

export function trustedProxy(trusted: readonly string[]): IsProxy {
  const isProxy = trustedAddress(trusted)
  return (c) => isProxy(callerOf(c))
}

/** Each connection has one for as long as it lasts, and is asked for it several times a call. */
const callers = new WeakMap<Socket, string>()

function callerOf(c: Call): string {
  const socket = c.env?.incoming?.socket
  const known = socket && callers.get(socket)
  if (known !== undefined) return known
  const caller = plain(socket?.remoteAddress ?? '127.0.0.1')
  if (socket) callers.set(socket, caller)
  return caller
}

/**
 * RFC 7239 `Forwarded`, or `X-Forwarded-For`; outermost first. A proxy sets one of them and passes the other on as it
 * came, so where both arrive one may be the client's own invention.
 */
function forwarded(c: Call): string[] {
  const standard = c.req.header('forwarded')
  const usual = c.req.header('x-forwarded-for')
  if (standard !== undefined && usual !== undefined) throw unreadable()
  if (standard === undefined) return usual === undefined ? [] : usual.split(',').map((hop) => withoutPort(hop.trim()))
  return standard.split(',').map((hop) => withoutPort(/(?:^|;)\s*for="?([^";,\s]+)/i.exec(hop)?.[1] ?? ''))
}

/** As proxies write it: `192.0.2.1:4711`, `[2001:db8::17]:4711`, or without a port. */
function withoutPort(hop: string): string {
  const [, six, four] = /^(?:\[([^\]]*)\]|(\d+\.\d+\.\d+\.\d+))(?::\d+)?$/.exec(hop) ?? []
  return six ?? four ?? hop
}

function plain(address: string): string {
  return isIP(address) === 0 ? address : ipaddr.process(address.split('%')[0] ?? address).toString()
}

function isTrusted(address: string, networks: readonly Network[]): boolean {
  if (networks.length === 0 || isIP(address) === 0) return false
  const parsed = ipaddr.process(address)
  return networks.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network as never, bits))
}
