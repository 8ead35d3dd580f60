// What the discovery document says beyond what holds here, as the library has it for everybody: what is announced works.
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'

export function announceWhatHolds(provider: Provider): void {
  provider.use(async (ctx, next) => {
    await next()
    if ((ctx as KoaContextWithOIDC).oidc?.route !== 'discovery') return
    Object.assign(ctx.body as object, {
      // CIBA Core §7.1: nobody has a user code here.
      backchannel_user_code_parameter_supported: false,
      // No application is registered for another. Entra's has a document of its own.
      id_token_signing_alg_values_supported: ['RS256'],
    })
  })
}
