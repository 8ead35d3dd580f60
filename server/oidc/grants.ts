// What an application gets when somebody has signed in to it: a grant of its own, kept with the sign-in it came from.
import { type Client, errors, type Grant, type KoaContextWithOIDC } from 'oidc-provider'
import { base64url } from '../../protocol/encoding.ts'
import type { ApplicationId, RandomBytes, RequestId, UserId } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import { handOut, LONGEST_MS } from '../handed-out/sign-ins.ts'
import { takeSignIn } from '../handed-out/under-way.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { isReported } from '../watching/report-rows.ts'

type Needs = { store: Store; clock: Clock; random: RandomBytes }

/** Seconds. An application that gets no refresh token has nothing left of a sign-in after that. */
const SHORT = 15 * 60
const LONG = LONGEST_MS / 1000

/** Seconds; as long as something that was given out can be good, or the application wants to hear of its end. */
export const lastsFor = (client: Pick<Client, 'grantTypes' | 'backchannelLogoutUri'> | undefined) =>
  client?.grantTypes?.includes('refresh_token') || client?.backchannelLogoutUri ? LONG : SHORT

/** Signing in is the consent: the applications are the organisation's own. */
export function grantWhatWasAsked(needs: Needs) {
  return async ({ oidc }: KoaContextWithOIDC): Promise<Grant> => {
    const { client, session, result } = oidc
    const accountId = session?.accountId as UserId | undefined
    if (!client || !session || !accountId) throw new Error('a grant without a client or without a person')
    const grant = new oidc.provider.Grant({ accountId, clientId: client.clientId })
    grant.addOIDCScope([...oidc.requestParamOIDCScopes].join(' '))
    grant.addOIDCClaims([...oidc.requestParamClaims])
    session.ensureClientContainer(client.clientId)
    await keep(needs, grant, client, {
      user: accountId,
      sid: session.sidFor(client.clientId) ?? '',
      request: (result?.request as RequestId | null | undefined) ?? null,
      signIn: String(result?.signIn),
    })
    return grant
  }
}

/**
 * Attack stopped: a sign-in that is held back until its person has reported it, or it was ended otherwise. The grant is
 * there before anything tells of it, so that whoever ends this sign-in finds all of it.
 * @param about.signIn at the login page: the one under way @throws {errors.AccessDenied}
 */
export async function keep(
  { store, clock, random }: Needs,
  grant: Grant,
  client: Client,
  { user, sid, request, signIn }: { user: UserId; sid: string; request: RequestId | null; signIn?: string },
): Promise<void> {
  const id = base64url(random(32))
  Object.assign(grant, { jti: id, expiresIn: lastsFor(client) })
  const now = clock.now()
  const row = {
    sid,
    user_id: user,
    application_id: client.clientId as ApplicationId,
    request_id: request,
    grant_id: digest(id),
    at: now,
    expires_at: now + lastsFor(client) * 1000,
  }
  await grant.save()
  await store.write(async (tx) => {
    const isGood =
      signIn === undefined ? !(await wasReported(tx, { user, request })) : await takeSignIn(tx, { id: signIn, user })
    if (!isGood) throw new errors.AccessDenied('it was reported, or ended otherwise')
    await handOut(tx, row)
  })
}

const wasReported = (tx: Db, { user, request }: { user: UserId; request: RequestId | null }): Promise<boolean> =>
  request === null ? Promise.resolve(false) : isReported(tx, { user, request })
