// Which sign-in a call is about: the authorization this browser began, and how far its person has come.

import type { ApplicationId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { ACR_PASSCODE } from '../../protocol/sign-in.ts'
import { ACCOUNT_CLIENT, accountApplication } from '../applications/account.ts'
import { applicationByClientId, applicationById } from '../applications/rows.ts'
import { mayUse } from '../applications/who-may.ts'
import type { Call } from '../http/env.ts'
import type { PendingAuthorization } from './authorization.ts'
import { signInIdFrom } from './cookie.ts'
import type { LoginNeeds } from './needs.ts'
import { type SignInRow, signInRow } from './rows.ts'

export type UnderWay = {
  authorization: PendingAuthorization
  application: NonNullable<Awaited<ReturnType<typeof applicationByClientId>>>
  /** undefined until the password was right */
  signIn: SignInRow | undefined
}

/** @throws {Problem} no-sign-in: this browser began none here, or it is over */
export async function underWay(needs: LoginNeeds, c: Call): Promise<UnderWay> {
  const authorization = await needs.authorizations.of(c, c.req.param('interaction') ?? '')
  if (!authorization) throw new Problem('no-sign-in')
  return asItIsNow(needs, c, authorization)
}

/** After something was done about it in this call. */
export async function afterwards(needs: LoginNeeds, c: Call, under: UnderWay): Promise<UnderWay> {
  return { ...under, signIn: await signInOf(needs, c, under.authorization) }
}

/** @throws {Problem} no-sign-in: it is over */
async function asItIsNow(needs: LoginNeeds, c: Call, authorization: PendingAuthorization): Promise<UnderWay> {
  const application = await applicationOf(needs, authorization.clientId)
  if (!application) throw new Problem('no-sign-in')
  return { authorization, application, signIn: await signInOf(needs, c, authorization) }
}

/**
 * Whether the person may is asked at every step: they can be taken out of a group meanwhile.
 * @throws {Problem} no-sign-in: the password was not right yet; not-permitted-here
 */
export async function pastPassword(
  needs: LoginNeeds,
  c: Call,
  under?: UnderWay,
): Promise<UnderWay & { signIn: SignInRow }> {
  const { signIn, ...rest } = under ? await asItIsNow(needs, c, under.authorization) : await underWay(needs, c)
  if (!signIn) throw new Problem('no-sign-in')
  if (!(await mayUse(needs.store.read, rest.application, signIn.user_id))) throw new Problem('not-permitted-here')
  return { ...rest, signIn }
}

/** Whether the application takes a typed passcode for the second factor: it may insist on the push. */
export const takesTyped = ({ acr }: PendingAuthorization) => !acr?.isEssential || acr.values.includes(ACR_PASSCODE)

/** @throws {Problem} refused-by-policy: the application's own */
export function refuseTyped({ authorization }: UnderWay): void {
  if (takesTyped(authorization)) return
  throw new Problem('refused-by-policy', { members: { because: 'typed-passcodes' } })
}

/** A protected site signs in by its application's id. */
async function applicationOf({ store: { read }, organisation }: LoginNeeds, clientId: string) {
  if (clientId === ACCOUNT_CLIENT) return accountApplication(organisation.name)
  return (await applicationByClientId(read, clientId)) ?? applicationById(read, clientId as ApplicationId)
}

async function signInOf(
  { store, clock }: LoginNeeds,
  c: Call,
  { uid }: PendingAuthorization,
): Promise<SignInRow | undefined> {
  const id = signInIdFrom(c, uid)
  const row = id === undefined ? undefined : await signInRow(store.read, id)
  return row && row.interaction === uid && row.expires_at > clock.now() ? row : undefined
}
