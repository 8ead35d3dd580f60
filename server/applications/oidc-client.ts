// How an application speaks OpenID Connect, as an operator or its registration says. Attack stopped: an address that
// makes this server call the organisation's inside, and a way back after signing out that anybody could become.
import {
  type EntraCloud,
  type OidcClientChanges,
  type OidcClientSettings,
  oidcClientChanges,
  USUAL_OIDC_CLIENT,
} from '../../protocol/operator-api/oidc-client.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { type EndpointRules, endpointFault } from '../push/endpoint.ts'
import { redirectUriFault } from './redirect-uri.ts'
import type { ApplicationRow } from './rows.ts'

export function oidcClientOf({ oidc_settings }: Pick<ApplicationRow, 'oidc_settings'>): OidcClientSettings {
  return { ...USUAL_OIDC_CLIENT, ...(JSON.parse(oidc_settings) as OidcClientChanges) }
}

/** Only what differs from the usual. */
function asKept(settings: OidcClientSettings): string {
  const differs = Object.entries(settings).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(USUAL_OIDC_CLIENT[name as keyof OidcClientSettings]),
  )
  return JSON.stringify(Object.fromEntries(differs))
}

/** @param kept as it is now @returns as it is to be kept @throws {Problem} invalid, by the place of what is wrong */
export async function changedClient(
  { receiverRules, isClient }: { receiverRules: EndpointRules | undefined; isClient: boolean },
  kept: string,
  changes: OidcClientChanges,
): Promise<string> {
  if (!isClient)
    throw new Problem('invalid', { members: { errors: { '/client': 'must not be there: it has no redirect URI' } } })
  const settings = { ...oidcClientOf({ oidc_settings: kept }), ...parseOrRefuse(oidcClientChanges, changes) }
  if (!receiverRules) throw new Error('settings of a client are checked by the rules of outgoing calls')
  await refuseFaultyClient(settings, receiverRules)
  return asKept(settings)
}

/** https://learn.microsoft.com/entra/identity/authentication/concept-authentication-external-method-provider */
export const ENTRA_ORIGINS: Readonly<Record<EntraCloud, string>> = {
  global: 'https://login.microsoftonline.com',
  'us-government': 'https://login.microsoftonline.us',
  china: 'https://login.partner.microsoftonline.cn',
}
/** The only address that a cloud of Microsoft's is answered at. @param origin of the cloud */
export const entraRedirectUri = (origin: string) => `${origin}/common/federation/externalauthprovider`

async function refuseFaultyClient(settings: OidcClientSettings, rules: EndpointRules): Promise<void> {
  const faults: [string, string][] = [...unfit(settings)]
  settings.postLogoutRedirectUris.forEach((uri, place) => {
    const fault = redirectUriFault(uri)
    if (fault !== undefined) faults.push([`/client/postLogoutRedirectUris/${place}`, fault])
  })
  for (const name of ['jwksUri', 'backchannelLogoutUri', 'cibaNotificationUri'] as const) {
    const uri = settings[name]
    const fault = uri === null ? undefined : await endpointFault(uri, rules)
    if (fault !== undefined) faults.push([`/client/${name}`, fault])
  }
  if (faults.length > 0) throw new Problem('invalid', { members: { errors: Object.fromEntries(faults) } })
}

function* unfit(settings: OidcClientSettings): Iterable<[string, string]> {
  const { authentication, jwks, jwksUri, ciba, cibaNotificationUri } = settings
  if (authentication === 'private-key' && !jwks && !jwksUri)
    yield ['/client/jwks', 'must be there, or jwksUri, where a key shows who the application is']
  if (jwks && jwksUri) yield ['/client/jwksUri', 'must not be there beside jwks']
  if (ciba === 'ping' && !cibaNotificationUri)
    yield ['/client/cibaNotificationUri', 'must be there: it is where ping goes']
}
