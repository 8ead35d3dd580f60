// The attributes that this door reads and writes (RFC 2865 §5, RFC 2866 §5.5, RFC 3579 §3, RFC 3162), by number.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { isPlainText } from '../../protocol/text.ts'
import { type Attribute, LONGEST_VALUE, type Packet } from './packet.ts'

export const TYPE = {
  userName: 1,
  userPassword: 2,
  chapPassword: 3,
  nasIpAddress: 4,
  nasPort: 5,
  filterId: 11,
  replyMessage: 18,
  state: 24,
  class: 25,
  vendorSpecific: 26,
  callingStationId: 31,
  nasIdentifier: 32,
  proxyState: 33,
  acctSessionId: 44,
  eapMessage: 79,
  messageAuthenticator: 80,
  errorCause: 101,
} as const

export const all = ({ attributes }: Pick<Packet, 'attributes'>, type: number): Attribute[] =>
  attributes.filter((attribute) => attribute.type === type)

/** @returns undefined where it is absent, or there more than once */
export function only(packet: Pick<Packet, 'attributes'>, type: number): Buffer | undefined {
  const [first, ...more] = all(packet, type)
  return more.length === 0 ? first?.value : undefined
}

/** RFC 2865 §5 says UTF-8; what is none comes from a client that still writes Latin-1. */
export function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}

/** Text that may be shown to people. */
export function plainOf(packet: Packet, type: number, longest: number): string | undefined {
  const value = only(packet, type)
  const text = value && textOf(value)
  return text && text.length <= longest && isPlainText(text) ? text : undefined
}

/** Where the person is, as the client saw it: Calling-Station-Id is an address at VPNs, a telephone or a MAC elsewhere. */
export function callingAddress(packet: Packet): string | undefined {
  const text = plainOf(packet, TYPE.callingStationId, 64)?.trim()
  const address = text && isIP(text) === 0 ? text.replace(/^\[?([^\]]*?)\]?:\d+$/, '$1') : text
  return address && isIP(address) !== 0 && !address.includes('%') ? ipaddr.process(address).toString() : undefined
}

export const text = (type: number, value: string): Attribute[] =>
  pieces(Buffer.from(value), LONGEST_VALUE).map((piece) => ({ type, value: piece }))

/** Never in the middle of a character. */
function pieces(bytes: Buffer, most: number): Buffer[] {
  if (bytes.length <= most) return [bytes]
  let end = most
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return [bytes.subarray(0, end), ...pieces(bytes.subarray(end), most)]
}

/** @param where `filter-id`, `class`, or vendor and type as `12356:1`; undefined where groups are not told */
export function groupAttributes(where: string, names: readonly string[]): Attribute[] {
  return names.flatMap((name): Attribute[] => {
    const [value = Buffer.alloc(0)] = pieces(Buffer.from(name), LONGEST_VALUE - 6)
    const [vendor, type] = where.split(':').map(Number)
    if (where === 'filter-id') return [{ type: TYPE.filterId, value }]
    if (where === 'class') return [{ type: TYPE.class, value }]
    if (where === 'none' || vendor === undefined || type === undefined) return []
    // RFC 2865 §5.26.
    const head = Buffer.alloc(6)
    head.writeUInt32BE(vendor, 0)
    head.writeUInt8(type, 4)
    head.writeUInt8(value.length + 2, 5)
    return [{ type: TYPE.vendorSpecific, value: Buffer.concat([head, value]) }]
  })
}
