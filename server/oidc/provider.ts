// The OpenID provider: authorization code with PKCE, and nothing that this house does not need.
import type { EventEmitter } from 'node:events'
import { Provider } from 'oidc-provider'
import type { RandomBytes } from '../../protocol/ids.ts'
import { ACRS } from '../../protocol/sign-in.ts'
import type { Logger } from '../log.ts'
import { CLAIMS_BY_SCOPE, findAccount } from './account.ts'
import { type AdapterNeeds, artifactAdapters } from './adapter.ts'
import { acceptFormerSecrets } from './client-secrets.ts'
import { renderError } from './error-page.ts'
import { answerAs, strictHeaders, withoutSessionCookie } from './front.ts'
import { cookieKeys, signingKeys } from './keys.ts'
import { noteLastSeen } from './last-seen.ts'
import { grantWhatWasAsked, loginEveryTime } from './policy.ts'

export type ProviderNeeds = AdapterNeeds & { random: RandomBytes; publicOrigin: string; log: Logger }

export const MOUNT = '/oidc'

/** In seconds: each lives as long as its step takes a person or a server, and little longer. */
const TTL = {
  Interaction: 15 * 60,
  AuthorizationCode: 60,
  IdToken: 10 * 60,
  AccessToken: 10 * 60,
  Grant: 15 * 60,
  Session: 60,
}

export async function openidProvider(needs: ProviderNeeds): Promise<Provider> {
  const { store, publicOrigin, log } = needs
  const cookie = { httpOnly: true, sameSite: 'lax', secure: true, signed: true, overwrite: true } as const
  const provider = new Provider(publicOrigin + MOUNT, {
    adapter: artifactAdapters(needs),
    jwks: await signingKeys(needs),
    cookies: {
      keys: await cookieKeys(needs),
      names: {
        session: '__Host-countersign-session',
        interaction: '__Secure-countersign-interaction',
        resume: '__Secure-countersign-resume',
      },
      short: cookie,
      long: cookie,
    },
    responseTypes: ['code'],
    scopes: Object.keys(CLAIMS_BY_SCOPE),
    claims: CLAIMS_BY_SCOPE,
    acrValues: [...ACRS],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
    },
    interactions: {
      policy: loginEveryTime(),
      url: (_ctx, interaction) => `${publicOrigin}/login/${interaction.uid}`,
    },
    findAccount: findAccount(store),
    loadExistingGrant: grantWhatWasAsked,
    // Nothing depends on the provider's session once the code is given.
    expiresWithSession: () => false,
    clientBasedCORS: () => false,
    renderError,
    ttl: TTL,
  })
  answerAs(provider, publicOrigin)
  withoutSessionCookie(provider)
  strictHeaders(provider)
  noteLastSeen(provider, needs)
  acceptFormerSecrets(provider, needs)
  provider.on('server_error', (_ctx, error) => log.error({ error }, 'the OpenID provider failed'))
  // Koa's own event, of which the provider's types don't know.
  const koa: EventEmitter = provider
  koa.on('error', (error: unknown) => log.error({ error }, 'the OpenID provider failed'))
  return provider
}
