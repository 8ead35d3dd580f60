// The rules of Microsoft's page for whoever is an external authentication method, one by one, as the stand-in for Entra
// asks them: https://learn.microsoft.com/entra/identity/authentication/concept-authentication-external-method-provider
import { X509Certificate } from 'node:crypto'
import type { JWK } from 'jose'

export type Published = JWK & { x5c?: string[] }

/** What is seen when the method is set up. */
export type Discovered = {
  url: string
  /** as the header says */
  length: string | null
  bytes: number
  metadata: Record<string, unknown>
  keys: Published[]
  /** of the app registration */
  replyAddresses: string[]
}

/** What the browser brought back. */
export type Answered = {
  asked: Record<string, string>
  /** the form's own address, and where the page that posts it may send anything */
  action: string
  mayPostTo: string
  fields: Record<string, string>
  known: { issuer: string; keys: Published[] }
  /** of the hint */
  sub: string
  /** seconds */
  now: number
  /** what the ID token says, and whether the key that it names made it */
  header: Record<string, unknown>
  claims: Record<string, unknown>
  isSigned: boolean
}

type Rules<Facts> = Readonly<Record<string, (facts: Facts) => boolean>>

const WELL_KNOWN = '/.well-known/openid-configuration'
/** By https; on this machine nobody listens. */
const isSafe = (url: string) => /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/|$))[^?#]*$/.test(url)
const text = (value: unknown) => (typeof value === 'string' ? value : '')
const list = (value: unknown) => (Array.isArray(value) ? (value as string[]) : [])

export const DISCOVERY: Rules<Discovered> = {
  'the discovery address is https, ends in /.well-known/openid-configuration, without query and fragment': ({ url }) =>
    isSafe(url) && url.endsWith(WELL_KNOWN),
  'the document comes with its length': ({ length, bytes }) => length === String(bytes),
  'the issuer is https, without query and fragment': ({ metadata }) => isSafe(text(metadata.issuer)),
  'the issuer is where it is found, character for character': ({ url, metadata }) =>
    `${metadata.issuer}${WELL_KNOWN}` === url,
  'authorization_endpoint is a reply address of the app registration': ({ metadata, replyAddresses }) =>
    replyAddresses.includes(text(metadata.authorization_endpoint)),
  'jwks_uri is https, without query and fragment': ({ metadata }) => isSafe(text(metadata.jwks_uri)),
  'scopes_supported has openid': ({ metadata }) => list(metadata.scopes_supported).includes('openid'),
  'response_types_supported has id_token': ({ metadata }) =>
    list(metadata.response_types_supported).includes('id_token'),
  'subject_types_supported is there': ({ metadata }) =>
    list(metadata.subject_types_supported).some((type) => ['public', 'pairwise'].includes(type)),
  'id_token_signing_alg_values_supported has RS256': ({ metadata }) =>
    list(metadata.id_token_signing_alg_values_supported).includes('RS256'),
  'claim_types_supported, where it is there, has normal': ({ metadata }) =>
    metadata.claim_types_supported === undefined || list(metadata.claim_types_supported).includes('normal'),
  'each key has a kid of its own and is for RS256': ({ keys }) =>
    keys.length > 0 &&
    new Set(keys.map(({ kid }) => kid)).size === keys.length &&
    keys.every(({ kid, kty, use = 'sig', alg = 'RS256' }) => kid && kty === 'RSA' && use === 'sig' && alg === 'RS256'),
  'each key is there as x5c too': ({ keys }) => keys.every(isCertified),
}

function isCertified({ x5c, n, e, kty }: Published): boolean {
  const [first] = x5c ?? []
  if (!first) return false
  const certificate = new X509Certificate(Buffer.from(first, 'base64'))
  const inside = certificate.publicKey.export({ format: 'jwk' })
  return inside.n === n && inside.e === e && inside.kty === kty && certificate.verify(certificate.publicKey)
}

/** What each `amr` value is, by Microsoft's table. */
export const TYPES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['fido', 'hwk', 'otp', 'pop', 'sc', 'sms', 'swk', 'tel'].map((amr) => [amr, 'possession'])),
  ...Object.fromEntries(['face', 'fpt', 'iris', 'retina', 'vbm'].map((amr) => [amr, 'inherence'])),
}
export const AMR = Object.keys(TYPES).toSorted()
const ACR = [
  'possessionorinherence',
  'knowledgeorpossession',
  'knowledgeorinherence',
  'knowledgeorpossessionorinherence',
  'knowledge',
  'possession',
  'inherence',
]
/** Seconds; how far clocks may differ. */
const SKEW = 300

const wanted = ({ asked }: Answered, claim: 'acr' | 'amr'): string[] =>
  JSON.parse(asked.claims ?? '{}').id_token?.[claim]?.values ?? (claim === 'acr' ? ACR : AMR)
const isNumber = (value: unknown): value is number => typeof value === 'number'

const EITHER: Rules<Answered> = {
  'it is posted to the redirect_uri, by a page that may post nowhere else': ({ action, mayPostTo, asked }) =>
    action === asked.redirect_uri && mayPostTo === new URL(action).origin,
  'state is what was sent, and absent where none was': ({ fields, asked }) => fields.state === asked.state,
}

export const ERROR: Rules<Answered> = {
  ...EITHER,
  'error is an ASCII code of OAuth’s': ({ fields }) =>
    ['access_denied', 'invalid_request', 'temporarily_unavailable'].includes(fields.error ?? ''),
  'there is no id_token': ({ fields }) => fields.id_token === undefined,
}

export const SUCCESS: Rules<Answered> = {
  ...EITHER,
  'there is no error': ({ fields }) => fields.error === undefined,
  'it is signed by RS256, with a key that jwks_uri has': ({ header, isSigned, known }) =>
    header.alg === 'RS256' && known.keys.some(({ kid }) => kid === header.kid) && isSigned,
  'iss is the issuer': ({ claims, known }) => claims.iss === known.issuer,
  'aud is Entra’s client id': ({ claims, asked }) => claims.aud === asked.client_id,
  'exp is to come': ({ claims, now }) => isNumber(claims.exp) && claims.exp > now,
  'iat is now': ({ claims, now }) => isNumber(claims.iat) && Math.abs(claims.iat - now) < SKEW,
  'sub is that of the hint': ({ claims, sub }) => claims.sub === sub,
  'nonce is what was sent, and absent where none was': ({ claims, asked }) => claims.nonce === asked.nonce,
  'acr is one value, of those that were asked for': (facts) =>
    ACR.includes(text(facts.claims.acr)) && wanted(facts, 'acr').includes(text(facts.claims.acr)),
  'amr is an array of one': ({ claims }) => list(claims.amr).length === 1,
  'amr is of those that were asked for, and Microsoft’s': (facts) =>
    list(facts.claims.amr).every((amr) => amr in TYPES && wanted(facts, 'amr').includes(amr)),
  // A password was the first factor, and none of these is what one knows: so it is another type too.
  'amr is of a type that acr names': ({ claims }) =>
    list(claims.amr).every((amr) =>
      text(claims.acr)
        .split('or')
        .includes(TYPES[amr] ?? 'none'),
    ),
}

/** @returns the first rule that does not hold */
export function broken<Facts>(rules: Rules<Facts>, facts: Facts): string | undefined {
  return Object.keys(rules).find((name) => !rules[name]?.(facts))
}
