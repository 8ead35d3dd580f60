// When the person is asked: at every authorization, and for one thing only, which is to sign in.
import { decodeJwt } from 'jose'
import { errors, type Grant, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'

const { Check, Prompt } = interactionPolicy

/**
 * No sign-in follows silently from an earlier one, so `prompt=none` can only be answered with `login_required`.
 * Attack stopped: a browser left signed in somewhere opens no further door without the device.
 */
export function loginEveryTime(): interactionPolicy.Prompt[] {
  const signedInNow = new Check('sign_in', 'each sign-in is confirmed on a device', 'login_required', ({ oidc }) => {
    if (!oidc.result?.login) return Check.REQUEST_PROMPT
    refuseAnotherPerson(oidc)
    return Check.NO_NEED_TO_PROMPT
  })
  return [new Prompt({ name: 'login', requestable: true }, signedInNow)]
}

/**
 * OpenID Connect Core §3.1.2.1: where the relying party named a person, nobody else will do. The hint's signature was
 * checked when the authorization began.
 */
function refuseAnotherPerson({ params, session }: KoaContextWithOIDC['oidc']): void {
  const hint = params?.id_token_hint
  if (typeof hint === 'string' && decodeJwt(hint).sub !== session?.accountId)
    throw new errors.LoginRequired('another person signed in')
}

/** Signing in is the consent: the applications are the organisation's own. */
export async function grantWhatWasAsked({ oidc }: KoaContextWithOIDC): Promise<Grant> {
  const grant = new oidc.provider.Grant({ accountId: oidc.session?.accountId, clientId: oidc.client?.clientId })
  grant.addOIDCScope([...oidc.requestParamOIDCScopes].join(' '))
  await grant.save()
  return grant
}
