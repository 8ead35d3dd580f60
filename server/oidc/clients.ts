// An application as the OpenID provider knows it.
import type { AdapterPayload } from 'oidc-provider'
import { applicationId } from '../../protocol/ids.ts'
import { clientSecretOf, redirectUrisOf } from '../applications/applications.ts'
import { applicationByClientId } from '../applications/rows.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'

/** undefined where no application has that client id */
export async function clientMetadata(
  { store, sealer }: { store: Store; sealer: Sealer },
  clientId: string,
): Promise<AdapterPayload | undefined> {
  const id = applicationId.safeParse(clientId)
  const application = id.success ? await applicationByClientId(store.read, id.data) : undefined
  const secret = application && clientSecretOf(sealer, application)
  if (!application || secret === undefined) return undefined
  return {
    client_id: clientId,
    client_name: application.name,
    client_secret: secret,
    redirect_uris: redirectUrisOf(application),
    response_types: ['code'],
    grant_types: ['authorization_code'],
    // As a header or in the body: the provider takes either from whoever has a secret.
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'RS256',
  }
}
