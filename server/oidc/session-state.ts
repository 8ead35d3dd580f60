// Which sign-in a token answer is of, in a member of its own. The ID token says it as `sid`, which is what logout tokens
// name; Keycloak keeps what the answer calls `session_state`, and finds nothing to end where it has none.
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'

export function tellSessionState(provider: Provider): void {
  provider.use(async (ctx, next) => {
    await next()
    const { oidc } = ctx as KoaContextWithOIDC
    const body = ctx.body as { id_token?: string; session_state?: string } | undefined
    if (oidc?.route !== 'token' || !oidc.client?.backchannelLogoutUri || body?.id_token === undefined) return
    const { sid } = JSON.parse(Buffer.from(body.id_token.split('.')[1] ?? '', 'base64url').toString()) as {
      sid?: string
    }
    if (sid !== undefined) body.session_state = sid
  })
}
