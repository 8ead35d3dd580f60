/** Where the OpenID provider answers, below the public origin. */
export const MOUNT = '/oidc'
