// Whom an address stands for where calls are counted. Attack stopped: one host on IPv6 has more addresses than anybody
// could count, but one network of 64 bits (RFC 6177 §2, RFC 4291 §2.5.1).
import ipaddr from 'ipaddr.js'

/** What is blocked of where somebody came from, as a network is written. @returns of IPv6 the network of 64 bits */
export function countedNetwork(address: string): string {
  const counted = countedAddress(address)
  return ipaddr.IPv6.isValid(counted) ? `${counted}/64` : counted
}

/** @returns an IPv6 network as its first address, an IPv4 address as it is, and what is neither unchanged */
export function countedAddress(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address
  const six = ipaddr.process(address)
  return six.kind() === 'ipv4' ? six.toString() : `${ipaddr.IPv6.networkAddressFromCIDR(`${six}/64`)}`
}
