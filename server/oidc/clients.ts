// An application as the OpenID provider knows it.
import type { AdapterPayload } from 'oidc-provider'
import { type ApplicationId, applicationId } from '../../protocol/ids.ts'
import type { OidcClientSettings } from '../../protocol/operator-api/oidc-client.ts'
import { clientSecretOf, redirectUrisOf } from '../applications/applications.ts'
import { oidcClientOf } from '../applications/oidc-client.ts'
import { type ApplicationRow, applicationByClientId } from '../applications/rows.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'

export const CIBA_GRANT = 'urn:openid:params:grant-type:ciba'

/** @returns finds a client; undefined where no application has that client id */
export function clientMetadata({ store, sealer }: { store: Store; sealer: Sealer }) {
  // The row is read each time; what is made of it is kept for as long as it is the same.
  const known = new Map<ApplicationId, { made: AdapterPayload | undefined; of: string }>()
  return async (clientId: string): Promise<AdapterPayload | undefined> => {
    const id = applicationId.safeParse(clientId)
    const row = id.success ? await applicationByClientId(store.read, id.data) : undefined
    if (!row) {
      if (id.success) known.delete(id.data)
      return undefined
    }
    const of = [row.name, row.client_secret, row.redirect_uris, row.oidc_settings].join('\n')
    const kept = known.get(row.id)
    if (kept?.of === of) return kept.made
    const made = madeOf(sealer, clientId, row)
    known.set(row.id, { made, of })
    return made
  }
}

function madeOf(sealer: Sealer, clientId: string, application: ApplicationRow): AdapterPayload | undefined {
  const secret = clientSecretOf(sealer, application)
  const settings = oidcClientOf(application)
  // Entra asks elsewhere, in a way of its own.
  if (secret === undefined || settings.entra) return undefined
  return { ...usual(application, clientId, secret), ...chosen(settings) }
}

function usual(application: ApplicationRow, clientId: string, secret: string): AdapterPayload {
  return {
    client_id: clientId,
    client_name: application.name,
    client_secret: secret,
    redirect_uris: redirectUrisOf(application),
    response_types: ['code'],
    // As a header or in the body: the provider takes either from whoever has a secret.
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'RS256',
  }
}

function chosen(settings: OidcClientSettings): AdapterPayload {
  const { authentication, jwks, jwksUri, refreshTokens, ciba, backchannelLogoutUri } = settings
  return {
    grant_types: ['authorization_code', ...(refreshTokens ? ['refresh_token'] : []), ...(ciba ? [CIBA_GRANT] : [])],
    ...(authentication === 'private-key' && {
      token_endpoint_auth_method: 'private_key_jwt',
      client_secret: undefined,
    }),
    ...(jwks && { jwks }),
    ...(jwksUri && { jwks_uri: jwksUri }),
    require_pushed_authorization_requests: settings.requirePar,
    dpop_bound_access_tokens: settings.requireDpop,
    post_logout_redirect_uris: settings.postLogoutRedirectUris,
    ...(backchannelLogoutUri && {
      backchannel_logout_uri: backchannelLogoutUri,
      backchannel_logout_session_required: true,
    }),
    ...(ciba && { backchannel_token_delivery_mode: ciba }),
    // The ping is sent by us, and its address was checked; the provider knows of https only.
    ...(ciba === 'ping' && {
      backchannel_client_notification_endpoint: settings.cibaNotificationUri?.replace(/^http:/, 'https:') ?? '',
    }),
  }
}
