// What a device shows about a request: worked out once, when the request is made.
import { isIP } from 'node:net'
import Bowser from 'bowser'
import ipaddr from 'ipaddr.js'
import type { NewLoginRequest } from '../../protocol/application-api.ts'
import { Problem } from '../../protocol/problems.ts'

export type Place = {
  /** 'Rotterdam, Netherlands' */
  name: string
  /** what counts as the same place: country and its first subdivision */
  region: string
}
/** Where an address probably is; undefined where nobody knows. */
export type Locate = (ip: string) => Place | undefined

export type DeviceContext = {
  ip?: string
  location?: string
  client?: string
  resource?: string
  message?: string
  notice?: 'new-place'
}

const CLIENT_LENGTH = 64
const MOST_CLIENTS = 1000
const clients = new Map<string, string>()

/** @param places where this user approved from before */
export function deviceContext(
  given: NonNullable<NewLoginRequest['context']>,
  locate: Locate,
  places: readonly string[],
): DeviceContext {
  const ip = given.ip === undefined ? undefined : canonicalAddress(given.ip)
  const place = ip === undefined ? undefined : locate(ip)
  const client = clientName(given.userAgent ?? '')
  const isNew = place !== undefined && places.length > 0 && !places.includes(place.region)
  return {
    ...(ip === undefined ? {} : { ip }),
    ...(place === undefined ? {} : { location: place.name }),
    ...(client ? { client } : {}),
    ...(given.resource ? { resource: given.resource } : {}),
    ...(given.message ? { message: given.message } : {}),
    ...(isNew ? { notice: 'new-place' as const } : {}),
  }
}

/** As it is kept with an entry of the audit log; nothing where it is not known. */
export function whereFrom(locate: Locate, address: string | undefined): Pick<DeviceContext, 'ip' | 'location'> {
  if (address === undefined || isIP(address) === 0) return {}
  const ip = canonicalAddress(address)
  const location = locate(ip)?.name
  return { ip, ...(location !== undefined && { location }) }
}

/** RFC 5952. */
export function canonicalAddress(ip: string): string {
  if (isIP(ip) === 0 || ip.includes('%'))
    throw new Problem('invalid', { members: { errors: { '/context/ip': 'must be an IP address' } } })
  const address = ipaddr.parse(ip)
  if (address.kind() === 'ipv4') return address.toString()
  const six = address as ipaddr.IPv6
  // RFC 5952 §5: a mapped IPv4 address is written with its dots.
  return six.isIPv4MappedAddress() ? `::ffff:${six.toIPv4Address()}` : six.toRFC5952String()
}

/** Whoever asked was looked at, and does not say by what. Attack stopped: to be nothing that could be new. */
export const hidesClient = ({ userAgent }: { userAgent?: string | undefined }): boolean =>
  userAgent !== undefined && clientName(userAgent) === ''

/** 'Chrome on Windows', from a user agent; empty where it says nothing we know. */
export function clientName(userAgent: string): string {
  if (userAgent === '') return ''
  const known = clients.get(userAgent)
  if (known !== undefined) return known
  if (clients.size >= MOST_CLIENTS) clients.clear()
  const { browser, os } = Bowser.parse(userAgent)
  const name = [browser.name, os.name].filter(Boolean).join(' on ').slice(0, CLIENT_LENGTH).toWellFormed()
  clients.set(userAgent, name)
  return name
}
