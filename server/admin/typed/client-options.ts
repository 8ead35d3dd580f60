// What `app add` and `app edit` take about an application as an OpenID Connect client.
import { readFile } from 'node:fs/promises'
import type { OidcClientChanges } from '../../../protocol/operator-api/oidc-client.ts'
import type { Given, Option } from './option.ts'

export const CLIENT_OPTIONS: Readonly<Record<string, Option>> = {
  'private-key': { about: 'it shows who it is by a JWT that its own key signed, in the place of the client secret' },
  secret: { about: 'it shows who it is by the client secret, as usual' },
  'jwks-uri': { value: 'URI', about: 'where its public keys are; empty: nowhere' },
  'jwks-file': { value: 'FILE', about: 'its public keys, a JSON Web Key Set' },
  'refresh-tokens': { value: 'yes|no', about: 'whether a sign-in comes with a refresh token' },
  'require-par': { value: 'yes|no', about: 'whether authorizations have to be pushed first' },
  'require-dpop': { value: 'yes|no', about: 'whether tokens have to be bound to a key of its own' },
  'post-logout-redirect-uri': {
    value: 'URI',
    about: 'where the browser may go after signing out; more than one may be given',
    multiple: true,
  },
  'backchannel-logout-uri': { value: 'URI', about: 'where it is told that a sign-in is over; empty: nowhere' },
  ciba: { value: 'poll|ping|no', about: 'whether it asks without a browser, and how it hears the answer' },
  'ciba-notification-uri': { value: 'URI', about: 'where ping goes' },
  'entra-tenant': { value: 'ID', about: 'it is Microsoft Entra ID, and this its tenant' },
  'entra-application': { value: 'ID', about: 'the app registration by which that tenant asks' },
  'entra-cloud': { value: 'NAME', about: 'global if not said, us-government or china' },
}

/** What was given, as far as it was; the schema of clients says what is wrong with it. */
export async function clientGiven(given: Given): Promise<OidcClientChanges | undefined> {
  const file = text(given['jwks-file'])
  const changes = {
    authentication: given['private-key'] ? 'private-key' : given.secret ? 'secret' : undefined,
    jwks: file === undefined ? undefined : JSON.parse(await readFile(file, 'utf8')),
    jwksUri: orNull(given['jwks-uri']),
    refreshTokens: yesOrNo(given['refresh-tokens']),
    requirePar: yesOrNo(given['require-par']),
    requireDpop: yesOrNo(given['require-dpop']),
    postLogoutRedirectUris: given['post-logout-redirect-uri'],
    backchannelLogoutUri: orNull(given['backchannel-logout-uri']),
    ciba: given.ciba === 'no' ? null : given.ciba,
    cibaNotificationUri: orNull(given['ciba-notification-uri']),
    entra: entraGiven(given),
  }
  const said = Object.entries(changes).filter(([, value]) => value !== undefined)
  return said.length === 0 ? undefined : (Object.fromEntries(said) as OidcClientChanges)
}

function entraGiven({ 'entra-tenant': tenant, 'entra-application': application, 'entra-cloud': cloud }: Given) {
  const isSaid = [tenant, application, cloud].some((one) => one !== undefined)
  return isSaid ? { tenant, application, cloud: cloud ?? 'global' } : undefined
}

const text = (value: Given[string]) => (typeof value === 'string' ? value : undefined)
const orNull = (value: Given[string]) => (value === '' ? null : value)
/** Anything else is refused by the schema. */
const yesOrNo = (value: Given[string]) => (value === 'yes' ? true : value === 'no' ? false : value)
