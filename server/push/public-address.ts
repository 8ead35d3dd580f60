// Which addresses of the internet belong to everybody: all else is somebody's inside.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** All of IPv6 that is given out for the open internet. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]
/** RFC 6052: how networks without IPv4 reach IPv4 addresses. */
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96') as [ipaddr.IPv6, number]

/** False for private, loopback, link-local, shared, reserved … addresses, in whichever form they are written. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false
  const parsed = ipaddr.parse(address)
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === 'unicast'
  const embedded = embeddedIPv4(parsed)
  if (embedded) return embedded.range() === 'unicast'
  return parsed.match(GLOBAL_UNICAST) && parsed.range() === 'unicast'
}

/** The address that a connection would have used is not public. */
export class AddressRefused extends Error {
  constructor() {
    super('the address is not public')
    this.name = 'AddressRefused'
  }
}

/** Connecting to one of these is connecting to the IPv4 address inside: `::ffff:127.0.0.1` is this machine. */
function embeddedIPv4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  return address.match(NAT64) ? new ipaddr.IPv4(address.toByteArray().slice(12)) : undefined
}
