// What an application gets when somebody has signed in to it: a grant of its own, kept with the sign-in it came from.
import { type Client, errors, type Grant, type KoaContextWithOIDC } from 'oidc-provider'
import { base64url } from '../../protocol/encoding.ts'
import type { ApplicationId, RandomBytes, RequestId, UserId } from '../../protocol/ids.ts'
import { handOut, LONGEST_MS } from '../handed-out/sign-ins.ts'
import { takeSignIn } from '../handed-out/under-way.ts'
import type { Db } from '../store/schema.ts'
import { together } from '../store/together.ts'
import { putArtifact } from './artifact-rows.ts'
import { give } from './one-transaction.ts'
import { type AdapterNeeds, unsaved } from './sealed-artifacts.ts'

type Needs = AdapterNeeds & { random: RandomBytes }

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

/** Attack stopped: a sign-in that is held back until its person has reported it, or it was ended otherwise. */
async function keep(
  needs: Needs,
  grant: Grant,
  client: Client,
  { signIn, ...of }: Handed & { signIn: string },
): Promise<void> {
  const write = await handingOut(needs, grant, client, of)
  await give(needs.store, async (tx) => {
    const taken = takeSignIn(tx, { id: signIn, user: of.user }).then((isThere) => {
      if (!isThere) throw new errors.AccessDenied('it was reported, or ended otherwise')
    })
    await together([taken, write(tx)])
  })
}

type Handed = { user: UserId; sid: string; request: RequestId | null }

/**
 * @returns what writes the grant and the sign-in that it belongs to; both in one transaction, so that whoever ends a
 * sign-in finds all of it
 */
export async function handingOut(
  needs: Needs,
  grant: Grant,
  client: Client,
  { user, sid, request }: Handed,
): Promise<(tx: Db) => Promise<void>> {
  const id = base64url(needs.random(32))
  Object.assign(grant, { jti: id, expiresIn: lastsFor(client) })
  const kept = await unsaved(needs, grant)
  const now = needs.clock.now()
  const row = {
    sid,
    user_id: user,
    application_id: client.clientId as ApplicationId,
    request_id: request,
    grant_id: kept.id,
    at: now,
    expires_at: now + lastsFor(client) * 1000,
  }
  return async (tx) => {
    await together([putArtifact(tx, kept), handOut(tx, row)])
  }
}
