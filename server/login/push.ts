// 'Use my mobile': a login request in the application's name, whose secret never leaves the server.
import type { RequestState } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { isPlainText } from '../../protocol/text.ts'
import { userById } from '../directory/rows.ts'
import type { Call } from '../http/env.ts'
import { cancelRequest, unlessSettled } from '../requests/cancel.ts'
import { createRequest } from '../requests/create.ts'
import { isUnredeemed, type RequestRow } from '../requests/state.ts'
import { currentRequest } from '../requests/wait.ts'
import type { LoginNeeds } from './needs.ts'
import { replaceRequestOf, type SignInRow } from './rows.ts'
import type { UnderWay } from './under-way.ts'

const USER_AGENT_LENGTH = 512

export const secretCell = (id: string) => ({ table: 'sign_ins', column: 'request_secret', id })

/** The request in flight, or the last one. */
export async function requestOf(needs: LoginNeeds, signIn: SignInRow): Promise<RequestRow | undefined> {
  return signIn.request_id === null ? undefined : currentRequest(needs, signIn.request_id)
}

/**
 * Ends the request in flight, if any, and asks anew. Asks nothing where the request is no longer as the person saw it:
 * nobody is asked again after a denial unless the person wanted that with the denial before their eyes.
 * @throws {Problem} no-token, push-paused, too-many-requests
 */
export async function sendPush(
  needs: LoginNeeds,
  c: Call,
  { application, signIn }: UnderWay & { signIn: SignInRow },
  seen: RequestState | null,
): Promise<void> {
  const last = await requestOf(needs, signIn)
  if ((last?.state ?? null) !== seen || signIn.outcome !== null || isUsable(needs, last)) return
  if (last?.state === 'pending' && !(await unlessSettled(cancelRequest(needs, last)))) return
  const user = await userById(needs.store.read, signIn.user_id)
  if (!user) throw new Problem('no-sign-in')
  try {
    await createRequest(needs, {
      application,
      door: 'page',
      call: { username: user.username, purpose: 'sign-in', context: browserContext(needs, c) },
      also: async (tx, answer) => {
        const sealedSecret = needs.sealer.seal(answer.secret, secretCell(signIn.id))
        if (!(await replaceRequestOf(tx, signIn, { id: answer.id, sealedSecret }))) throw new AskedMeanwhile()
      },
    })
  } catch (error) {
    if (!(error instanceof AskedMeanwhile)) throw error
  }
}

/**
 * Another tab asked in the same moment: its request stands, and this one was never made. Not the store's `Overtaken`, after
 * which it would be made anew.
 */
class AskedMeanwhile extends Error {}

/** Approved, and still in time to be redeemed. */
const isUsable = ({ clock }: LoginNeeds, request: RequestRow | undefined) =>
  request !== undefined && isUnredeemed(request, clock.now())

/** Back to the choice. An approval that came first stays. */
export async function cancelPush(needs: LoginNeeds, signIn: SignInRow): Promise<void> {
  const request = await requestOf(needs, signIn)
  if (!request || isUsable(needs, request)) return
  if (request.state === 'pending' && !(await unlessSettled(cancelRequest(needs, request)))) return
  await needs.store.write((tx) => replaceRequestOf(tx, signIn, null))
}

/** @returns userAgent: empty where the browser says nothing, or nothing that people could be shown */
export function browserContext(needs: LoginNeeds, c: Call): { ip: string; userAgent: string } {
  const userAgent = c.req.header('user-agent')?.slice(0, USER_AGENT_LENGTH) ?? ''
  return { ip: needs.addressOf(c), userAgent: isPlainText(userAgent) ? userAgent : '' }
}
