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
  if (text.length > MAX_LENGTH) throw refused('is longer than 1,024 characters')
  if (!URL.canParse(text)) throw refused('is not a URL')
  const url = new URL(text)
  if (url.protocol !== 'https:') throw refused('is not https')
  // `https://fcm.googleapis.com@10.0.0.1/` is meant to deceive whoever reads it.
  if (url.username !== '' || url.password !== '') throw refused('has user info')
  if (rules.allowedOrigins.includes(url.origin)) return url.href
  if (url.port !== '') throw refused('is not on port 443')
  await assertPublic(url, rules)
  return url.href
}

/** The URL parser has turned decimal, octal and hexadecimal spellings of an address into its usual one. */
async function assertPublic(url: URL, { isProxied, lookup }: EndpointRules): Promise<void> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  if (isIP(host) !== 0) {
    if (!isPublicAddress(host)) throw refused('is not at a public address')
    return
  }
  if (isInsideName(host)) throw refused('has a name of an internal network')
  if (isProxied(url.origin)) return
  const addresses = await lookup(host).catch(() => [])
  if (addresses.length === 0) throw refused('has a name without an address')
  if (!addresses.every(isPublicAddress)) throw refused('is not at a public address')
}

/** Names without a dot are found through a network's own search list. */
function isInsideName(host: string): boolean {
  return !host.includes('.') || INSIDE.some((suffix) => host.endsWith(`.${suffix}`))
}

function refused(why: string): Problem {
  return new Problem('endpoint-not-allowed', { detail: `The push endpoint ${why}.` })
}
