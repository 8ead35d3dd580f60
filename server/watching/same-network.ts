// From where a report's sign-in came, as it is looked for in what is kept: an address, of IPv6 its network of 64 bits,
// since that is what is blocked.
import ipaddr from 'ipaddr.js'
import { countedNetwork } from '../throttling/address.ts'

export type SameNetwork = {
  /** LIKE's: nothing is missed by it, and of IPv6 neighbours are found too. @param member of the JSON */
  pattern(member: string): string
  isIn(address: unknown): boolean
  /** whether the pattern alone says it */
  isExact: boolean
}

/** @param ip canonical */
export function sameNetwork(ip: string): SameNetwork {
  const counted = countedNetwork(ip)
  const isExact = !counted.includes('/')
  const text = isExact ? `${ip}"` : beginning(ip)
  return {
    pattern: (member) => `%"${member}":"${text}%`,
    isIn: (address) => address === ip || (typeof address === 'string' && countedNetwork(address) === counted),
    isExact,
  }
}

/** Groups in front of the first zero are written out whatever follows (RFC 5952 §4). */
function beginning(ip: string): string {
  const network = ipaddr.IPv6.parse(ip).parts.slice(0, 4)
  const zero = network.indexOf(0)
  return network
    .slice(0, zero < 0 ? 4 : zero)
    .map((group) => `${group.toString(16)}:`)
    .join('')
}
