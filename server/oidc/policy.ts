// When the person is asked: at every authorization, and for one thing only, which is to sign in.
import { decodeJwt } from 'jose'
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { requestedAcr } from './requested-acr.ts'

const { Check, Prompt } = interactionPolicy

/**
 * No sign-in follows silently from an earlier one, so `prompt=none` can only be answered with `login_required`.
 * Attack stopped: a browser left signed in somewhere opens no further door without the device.
 */
export function loginEveryTime(): interactionPolicy.Prompt[] {
  const signedInNow = new Check('sign_in', 'each sign-in is confirmed on a device', 'login_required', ({ oidc }) => {
    if (!oidc.result?.login) return Check.REQUEST_PROMPT
    refuseAnotherPerson(oidc)
    refuseLess(oidc)
    return Check.NO_NEED_TO_PROMPT
  })
  // Both are done by signing in: nobody is signed in already, and signing in is the consent.
  const done = ['consent', 'select_account'].map((name) => new Prompt({ name, requestable: true }))
  return [new Prompt({ name: 'login', requestable: true }, signedInNow), ...done]
}

/**
 * OpenID Connect Core §3.1.2.1 and §5.5.1: where the relying party named a person, be it by hint or by the claim `sub`,
 * nobody else will do. The hint's signature was checked when the authorization began.
 */
function refuseAnotherPerson({ params, session, claims }: KoaContextWithOIDC['oidc']): void {
  const hint = params?.id_token_hint
  const named = [typeof hint === 'string' ? decodeJwt(hint).sub : undefined, claims.id_token?.sub?.value]
  if (named.some((sub) => sub !== undefined && sub !== session?.accountId))
    throw new errors.LoginRequired('another person signed in')
}

/** OpenID Connect Core §5.5.1.1: an essential `acr` that was not reached is a failed sign-in. */
function refuseLess({ params, acr }: KoaContextWithOIDC['oidc']): void {
  const { isEssential, values } = requestedAcr(params ?? {})
  if (isEssential && !values.includes(acr ?? ''))
    throw new errors.UnmetAuthenticationRequirements('the sign-in did not reach the acr that was asked for')
}
