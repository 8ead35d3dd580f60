// Networks as policies write them.
import ipaddr from 'ipaddr.js'

/** Wider ones are a slip, or an attack: one that trusts or refuses half of the internet. */
const SHORTEST = { ipv4: 8, ipv6: 16 }

export function isNetwork(text: string): boolean {
  if (!ipaddr.isValidCIDR(text)) return false
  const [base, bits] = ipaddr.parseCIDR(text)
  return bits >= SHORTEST[base.kind()]
}

/** An IPv4 address written in the IPv6 way is the IPv4 address. @param address as people's connections give it */
export function isWithin(address: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const it = ipaddr.process(address)
  return networks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network)
    return base.kind() === it.kind() && it.match(base, bits)
  })
}
