// OpenID Connect with openid-client: authorization code, PKCE, state and nonce.
import * as oidc from 'openid-client'

/** What must come back unchanged with the code. */
export type SignInChecks = { state: string; nonce: string; verifier: string }

export type Person = {
  name: string
  /** RFC 8176 */
  amr: string[]
  acr: string | undefined
  /** seconds since the epoch */
  authTime: number | undefined
}

export type RelyingParty = {
  begin(): Promise<{ url: URL; checks: SignInChecks }>
  /** @throws where the answer is not the one to `checks`, or the person did not sign in */
  complete(answer: URL, checks: SignInChecks): Promise<Person>
}

type Client = { issuer: string; clientId: string; clientSecret: string; redirectUri: string }

export function relyingParty({ issuer, clientId, clientSecret, redirectUri }: Client): RelyingParty {
  const server = new URL(issuer)
  let known: Promise<oidc.Configuration> | undefined

  /** Asked when it is first needed, and again where that failed: the provider may start later than this site. */
  function configuration(): Promise<oidc.Configuration> {
    // Only to this machine itself may tokens travel without TLS.
    const execute = isLocal(server) ? [oidc.allowInsecureRequests] : []
    known ??= oidc.discovery(server, clientId, clientSecret, undefined, { execute }).catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }

  return {
    async begin() {
      const checks = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      }
      const url = oidc.buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: 'openid profile',
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: 'S256',
      })
      return { url, checks }
    },

    async complete(answer, { state, nonce, verifier }) {
      const config = await configuration()
      const tokens = await oidc.authorizationCodeGrant(config, answer, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (!claims) throw new Error('no ID token came back')
      const person = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)
      return {
        name: person.name ?? person.preferred_username ?? claims.sub,
        amr: Array.isArray(claims.amr) ? claims.amr.map(String) : [],
        acr: typeof claims.acr === 'string' ? claims.acr : undefined,
        authTime: claims.auth_time,
      }
    },
  }
}

function isLocal({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
