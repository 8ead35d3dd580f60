// The OpenID provider: authorization code with PKCE and what belongs to it, and nothing that this house does not need.
import {
  type BackchannelAuthenticationRequest,
  type Client,
  type Configuration,
  errors,
  type JWKS,
  Provider,
} from 'oidc-provider'
import type { RandomBytes } from '../../protocol/ids.ts'
import { ACRS } from '../../protocol/sign-in.ts'
import type { Logger } from '../log.ts'
import type { Outbound } from '../push/outbound.ts'
import type { CreateNeeds } from '../requests/create.ts'
import { CLAIMS_BY_SCOPE, findAccount } from './account.ts'
import { artifactAdapters } from './adapter.ts'
import { announceWhatHolds } from './announced.ts'
import { ciba, cibaSeconds, slowDown } from './ciba.ts'
import { acceptFormerSecrets } from './client-secrets.ts'
import { cookieSignatures } from './cookie-signatures.ts'
import { renderError } from './error-page.ts'
import { tellFaults } from './faults.ts'
import { guardedFetch } from './fetch.ts'
import { answerAs, strictHeaders, withoutSessionCookie } from './front.ts'
import { grantWhatWasAsked, lastsFor } from './grants.ts'
import { cookieKeys, type SigningKey } from './keys.ts'
import { noteLastSeen } from './last-seen.ts'
import { MOUNT } from './mount.ts'
import { usesUpTheRest } from './one-transaction.ts'
import { loginEveryTime } from './policy.ts'
import { isReadable, isWithinReach, requestedAcr } from './requested-acr.ts'
import type { AdapterNeeds } from './sealed-artifacts.ts'
import { tellSessionState } from './session-state.ts'

export type ProviderNeeds = AdapterNeeds & {
  random: RandomBytes
  publicOrigin: string
  log: Logger
  stopping: AbortSignal
  /** to the keys of applications */
  webhookOutbound: Outbound
  /** absent: nobody can be asked without a browser */
  asking?: CreateNeeds
}

/** In seconds: each lives as long as its step takes a person or a server, and little longer. */
const TTL = {
  Interaction: 15 * 60,
  AuthorizationCode: 60,
  PushedAuthorizationRequest: 60,
  IdToken: 10 * 60,
  AccessToken: 10 * 60,
  Session: 60,
}

/** Bytes of keys, which an application's own server tells. Attack stopped: an answer without an end. */
const MOST_FETCHED = 64 * 1024

/** From the sign-in, however often it is renewed. */
function refreshTokenSeconds({ clock }: ProviderNeeds, token: { iiat?: number }, client: Client): number {
  const now = Math.floor(clock.now() / 1000)
  return Math.max(1, (token.iiat ?? now) + lastsFor(client) - now)
}

/** @param keys what it signs with first of each algorithm, and publishes */
export async function openidProvider(needs: ProviderNeeds, keys: readonly SigningKey[]): Promise<Provider> {
  const { publicOrigin } = needs
  const provider = new Provider(
    publicOrigin + MOUNT,
    configuration(needs, { jwks: jwksOf(keys), cookies: await cookieKeys(needs) }),
  )
  tellFaults(provider, needs)
  answerAs(provider, publicOrigin)
  withoutSessionCookie(provider)
  strictHeaders(provider)
  noteLastSeen(provider, needs)
  usesUpTheRest(provider, needs)
  acceptFormerSecrets(provider, needs)
  slowDown(provider, needs)
  tellSessionState(provider)
  announceWhatHolds(provider)
  alwaysNamed(provider)
  return provider
}

type Keys = { jwks: JWKS; cookies: string[] }

/** As JWKs: our own notes about them are not theirs. */
const jwksOf = (keys: readonly SigningKey[]): JWKS => ({
  keys: keys.map(({ made_at: _made, use_from: _from, until: _until, ...jwk }) => jwk) as JWKS['keys'],
})

const cibaTtl =
  (asking: CreateNeeds) =>
  (_ctx: unknown, { params }: BackchannelAuthenticationRequest) =>
    cibaSeconds(asking, params?.requested_expiry)

function configuration(needs: ProviderNeeds, keys: Keys): Configuration {
  const { store, publicOrigin } = needs
  const cookie = { httpOnly: true, sameSite: 'lax', secure: true, signed: true, overwrite: true } as const
  return {
    adapter: artifactAdapters(needs),
    jwks: keys.jwks,
    cookies: {
      keys: cookieSignatures(keys.cookies),
      names: {
        session: '__Host-countersign-session',
        interaction: '__Secure-countersign-interaction',
        resume: '__Secure-countersign-resume',
      },
      short: cookie,
      // It never leaves this server, so nothing signs it; the library wants it so for authorizations by POST (Core §3.1.2.1).
      long: { ...cookie, sameSite: 'none', signed: false },
    },
    enableHttpPostMethods: true,
    // Core §3.1.2.1: always said, however few are registered. Attack stopped: an error is sent nowhere that nobody named.
    allowOmittingSingleRegisteredRedirectUri: false,
    responseTypes: ['code'],
    scopes: [...Object.keys(CLAIMS_BY_SCOPE), 'offline_access'],
    claims: CLAIMS_BY_SCOPE,
    acrValues: [...ACRS],
    discovery: {
      prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
      registration_endpoint: `${publicOrigin}${MOUNT}/reg`,
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    pkce: { required: () => true },
    features: { ...FEATURES, ...(needs.asking && { ciba: ciba(needs.asking) }) },
    interactions: {
      policy: loginEveryTime(),
      url: (_ctx, interaction) => `${publicOrigin}/login/${interaction.uid}`,
    },
    findAccount: findAccount(store, needs.asking),
    loadExistingGrant: grantWhatWasAsked(needs),
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    // Nothing depends on the provider's session once the code is given.
    expiresWithSession: () => false,
    clientBasedCORS: () => false,
    fetch: guardedFetch(needs.webhookOutbound),
    fetchResponseBodyLimits: { jwks_uri: MOST_FETCHED, sector_identifier_uri: MOST_FETCHED },
    renderError,
    ttl: {
      ...TTL,
      RefreshToken: (_ctx, token, client) => refreshTokenSeconds(needs, token, client),
      ...(needs.asking && { BackchannelAuthenticationRequest: cibaTtl(needs.asking) }),
    },
  }
}

const FEATURES: Configuration['features'] = {
  devInteractions: { enabled: false },
  resourceIndicators: { enabled: false },
  dPoP: { enabled: true },
  pushedAuthorizationRequests: { enabled: true },
  revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
  // The route itself is ours: there is no session here to be asked about.
  rpInitiatedLogout: { enabled: true },
  backchannelLogout: { enabled: true },
  claimsParameter: {
    enabled: true,
    assertClaimsParameter: (_ctx, claims) => {
      if (!isReadable(claims)) throw new errors.InvalidRequest('claims.id_token: acr or sub is not as it must be')
      if (!isWithinReach(requestedAcr({ claims: JSON.stringify(claims) })))
        throw new errors.UnmetAuthenticationRequirements('none of the acr values asked for can be reached here')
    },
  },
}

/** Every ID token says which sign-in it is of, so that it can be signed out of. */
function alwaysNamed(provider: Provider): void {
  Object.assign(provider.Client.prototype, { includeSid: () => true })
}
