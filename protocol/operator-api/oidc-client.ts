// What an application is to the OpenID provider beyond its redirect URIs.
import * as z from 'zod/mini'

const address = z.string().check(z.minLength(1), z.maxLength(1024))
/** RFC 7517: public keys only; a private or a shared one has no business here. */
const publicKey = z
  .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) })
  .check(z.refine((key) => !('d' in key), 'must be a public key'))

const guid = z.string().check(z.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'must be a GUID in small letters'))
export const ENTRA_CLOUDS = ['global', 'us-government', 'china'] as const
export type EntraCloud = (typeof ENTRA_CLOUDS)[number]

export const oidcClientSettings = z.object({
  /** how the application shows who it is: by its client secret, or by a JWT that its own key signed (RFC 7523) */
  authentication: z.enum(['secret', 'private-key']),
  /** the keys themselves, or where they are; private-key needs one of the two */
  jwks: z.nullable(z.object({ keys: z.array(publicKey).check(z.minLength(1), z.maxLength(10)) })),
  jwksUri: z.nullable(address),
  /** whether a sign-in comes with a refresh token, which is good for 30 days at most */
  refreshTokens: z.boolean(),
  /** RFC 9126: authorizations are pushed first */
  requirePar: z.boolean(),
  /** RFC 9449: tokens are bound to a key of the application */
  requireDpop: z.boolean(),
  /** where the browser may go after the application signed somebody out */
  postLogoutRedirectUris: z.array(z.string().check(z.maxLength(2048))).check(z.maxLength(20)),
  /** where this server tells that a sign-in is over (OpenID Connect Back-Channel Logout 1.0) */
  backchannelLogoutUri: z.nullable(address),
  /** asks without a browser (OpenID Connect CIBA Core 1.0), and fetches the answer or is told when there is one */
  ciba: z.nullable(z.enum(['poll', 'ping'])),
  /** where `ping` goes */
  cibaNotificationUri: z.nullable(address),
  /** it is Microsoft Entra ID: which tenant, by which app registration, in which of Microsoft's clouds */
  entra: z.nullable(z.object({ tenant: guid, application: guid, cloud: z.enum(ENTRA_CLOUDS) })),
})
export type OidcClientSettings = z.infer<typeof oidcClientSettings>

export const oidcClientChanges = z.partial(oidcClientSettings)
export type OidcClientChanges = z.infer<typeof oidcClientChanges>

/** As every application is until somebody says otherwise. */
export const USUAL_OIDC_CLIENT: OidcClientSettings = {
  authentication: 'secret',
  jwks: null,
  jwksUri: null,
  refreshTokens: false,
  requirePar: false,
  requireDpop: false,
  postLogoutRedirectUris: [],
  backchannelLogoutUri: null,
  ciba: null,
  cibaNotificationUri: null,
  entra: null,
}
