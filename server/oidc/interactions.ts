// An authorization of the provider that waits for its person, for the login page.
import { getCookie } from 'hono/cookie'
import type { AdapterPayload, Provider } from 'oidc-provider'
import { Problem } from '../../protocol/problems.ts'
import type { Call } from '../http/env.ts'
import type { Authorizations, PendingAuthorization, SignedIn } from '../login/authorization.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import { artifactRow, replaceArtifact } from './artifact-rows.ts'
import type { CookieSignatures } from './cookie-signatures.ts'
import { requestedAcr } from './requested-acr.ts'
import { type AdapterNeeds, opened, rowOf } from './sealed-artifacts.ts'

export function authorizations(provider: () => Promise<Provider>, needs: AdapterNeeds): Authorizations {
  return {
    async of(c, uid) {
      if (!began(await provider(), c, uid)) return undefined
      const row = await artifactRow(needs.store.read, KIND, digest(uid))
      const expiresAt = row?.expires_at ?? 0
      return row && expiresAt > needs.clock.now()
        ? pending(needs, uid, { expiresAt, kept: opened(needs, row) })
        : undefined
    },
  }
}

const KIND = 'Interaction'

/** As the provider reads its own cookie, but without a context of its own for it: a page asks six times. */
function began(provider: Provider, c: Call, uid: string): boolean {
  const name = provider.cookieName('interaction')
  const { verify } = provider.keys as CookieSignatures
  return getCookie(c, name) === uid && verify(`${name}=${uid}`, getCookie(c, `${name}.sig`) ?? '')
}

function pending(
  needs: AdapterNeeds,
  uid: string,
  { expiresAt, kept }: { expiresAt: number; kept: AdapterPayload },
): PendingAuthorization {
  const { params = {}, returnTo = '' } = kept
  const { client_id: clientId, login_hint: loginHint } = params
  let { result } = kept
  /** What the person did is noted where it waits for them; it throws no-sign-in where the browser has gone on with it meanwhile. */
  function noting(next: AdapterPayload['result']) {
    result = next
    const row = rowOf(needs, { kind: KIND, id: uid, payload: { ...kept, result } })
    return async (tx: Db) => {
      if (!(await replaceArtifact(tx, row))) throw new Problem('no-sign-in')
    }
  }
  async function finish(next: AdapterPayload['result']): Promise<string> {
    await needs.store.write(noting(next))
    return returnTo
  }
  return {
    uid,
    clientId: String(clientId),
    expiresAt,
    loginHint: typeof loginHint === 'string' ? loginHint : undefined,
    acr: requestedAcr(params),
    accept: async (signedIn) => (result?.signIn === signedIn.signIn ? returnTo : finish(resultOf(signedIn))),
    accepting: async (signedIn) => noting(resultOf(signedIn)),
    refuse: () => finish({ error: 'access_denied', error_description: 'the person did not sign in' }),
  }
}

function resultOf({ user, amr, acr, at, request = null, signIn }: SignedIn): AdapterPayload['result'] {
  const login = { accountId: user, amr, acr, ts: Math.floor(at / 1000), remember: false }
  return { login, consent: {}, select_account: {}, request, signIn }
}
