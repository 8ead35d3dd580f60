// An authorization waiting for its person, as the login page's edge sees it.
import { getCookie } from 'hono/cookie'
import type { AdapterPayload, Provider } from 'oidc-provider'
import type { RequestId, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Call } from '../http/env.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import { artifactRow, replaceArtifact } from './artifact-rows.ts'
import type { CookieSignatures } from './cookie-signatures.ts'
import { type RequestedAcr, requestedAcr } from './requested-acr.ts'
import { type AdapterNeeds, opened, rowOf } from './sealed-artifacts.ts'

/** Who signed in, and how; for the claims of the same names. */
export type SignedIn = {
  user: UserId
  amr: string[]
  acr: string
  /** milliseconds */
  at: number
  /** the approval it came from */
  request?: RequestId | null
  /** the sign-in under way, which the last step takes */
  signIn: string
}

export type PendingAuthorization = {
  uid: string
  clientId: string
  /** milliseconds */
  expiresAt: number
  /** the name the application expects, where it said so */
  loginHint: string | undefined
  /** who it is to be, and nobody else: another showed their first factor */
  boundTo?: UserId
  /** absent: however the policies will have it */
  acr?: RequestedAcr
  /** Of one sign-in once; told again it changes nothing. @returns where the browser goes on, with a code at the end */
  accept(signedIn: SignedIn): Promise<string>
  /** @returns what `accept` would write, for the transaction that lets the person in; absent: it writes nothing */
  accepting?(signedIn: SignedIn): Promise<(tx: Db) => Promise<void>>
  /** @returns where the browser goes back to the application without having signed in */
  refuse(): Promise<string>
}

export type Authorizations = {
  /** The one named, if this browser began it: its cookie says so, the name alone opens nothing. */
  of(c: Call, uid: string): Promise<PendingAuthorization | undefined>
}

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
