// Which push endpoints a device may give us. A device chooses where this server sends requests to, so whatever would
// reach the organisation's inside (server-side request forgery) is refused here, and again at each connection.
import { lookup as systemResolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { Problem } from '../../protocol/problems.ts'
import { isPublicAddress } from './public-address.ts'

/** All addresses of a host name; rejects where there are none. */
export type Lookup = (hostname: string) => Promise<string[]>

export const systemLookup: Lookup = async (hostname) => {
  const found = await systemResolver(hostname, { all: true })
  return found.map(({ address }) => address)
}

export type EndpointRules = {
  /** origins trusted by the operator whatever their port and address: self-hosted push services */
  allowedOrigins: readonly string[]
  /** whether a proxy resolves this origin's name, so that this machine need not be able to */
  isProxied: (origin: string) => boolean
  lookup: Lookup
}

const MAX_LENGTH = 1024
/** Names that networks keep for their inside (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal). */
const INSIDE = ['localhost', 'local', 'internal', 'home.arpa']

/**
 * The endpoint as it may be stored and used (protocol §5).
 * @throws {Problem} endpoint-not-allowed
 */
export async function allowedEndpoint(text: string, rules: EndpointRules): Promise<string> {
  refuse(await endpointFault(text, rules))
  return new URL(text).href
}

function refuse(fault: string | undefined): void {
  if (fault !== undefined) throw new Problem('endpoint-not-allowed', { detail: `The push endpoint ${fault}.` })
}

/** By how it is written alone: nothing is looked up. @throws {Problem} endpoint-not-allowed */
export function refuseWritten(text: string, rules: EndpointRules): void {
  refuse(writtenFault(text, rules))
}

/** 'is not https'; undefined where nothing is wrong with it. */
export async function endpointFault(text: string, rules: EndpointRules): Promise<string | undefined> {
  return writtenFault(text, rules) ?? (await lookedUpFault(new URL(text), rules))
}

function writtenFault(text: string, { allowedOrigins }: EndpointRules): string | undefined {
  if (text.length > MAX_LENGTH) return 'is longer than 1,024 characters'
  if (!URL.canParse(text)) return 'is not a URL'
  const url = new URL(text)
  // `https://fcm.googleapis.com@10.0.0.1/` is meant to deceive whoever reads it.
  if (url.username !== '' || url.password !== '') return 'has user info'
  if (allowedOrigins.includes(url.origin)) return undefined
  if (url.protocol !== 'https:') return 'is not https'
  if (url.port !== '') return 'is not on port 443'
  const host = hostOf(url)
  if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : 'is not at a public address'
  return isInsideName(host) ? 'has a name of an internal network' : undefined
}

async function lookedUpFault(url: URL, rules: EndpointRules): Promise<string | undefined> {
  const host = hostOf(url)
  if (rules.allowedOrigins.includes(url.origin) || isIP(host) !== 0 || rules.isProxied(url.origin)) return undefined
  const addresses = await rules.lookup(host).catch(() => [])
  if (addresses.length === 0) return 'has a name without an address'
  return addresses.every(isPublicAddress) ? undefined : 'is not at a public address'
}

/** The URL parser has turned decimal, octal and hexadecimal spellings of an address into its usual one. */
const hostOf = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')

/** Names without a dot are found through a network's own search list. */
function isInsideName(host: string): boolean {
  return !host.includes('.') || INSIDE.some((suffix) => host.endsWith(`.${suffix}`))
}
