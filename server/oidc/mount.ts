/** Where the OpenID provider answers, below the public origin. */
export const MOUNT = '/oidc'

/** What Entra knows this server by: an issuer of its own for each application. */
export const entraIssuer = (publicOrigin: string, clientId: string) => `${publicOrigin}${MOUNT}/entra/${clientId}`
