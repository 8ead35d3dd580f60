// What the page shows just now, worked out from the store each time: a reload, a second tab and the back button all
// find the same.

import type { UserId } from '../../protocol/ids.ts'
import type { PushOffer, SignInView, WaitingRequest } from '../../protocol/login-api.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { iconPath } from '../applications/icon.ts'
import { openOf } from '../desk/temporary-rows.ts'
import { unlocksOf } from '../devices/rows.ts'
import { userById } from '../directory/rows.ts'
import type { PendingAuthorization } from '../oidc/interactions.ts'
import { mayBeAsked } from '../policy/asking.ts'
import type { Effective } from '../policy/effective.ts'
import { limitsUnder } from '../policy/limits.ts'
import { numberPlace } from '../requests/create.ts'
import { passcodeOf } from '../requests/redeem.ts'
import type { RequestRow } from '../requests/state.ts'
import { readThrottle } from '../throttling/throttle.ts'
import { noticeText } from '../watching/sign-in-notice.ts'
import { outcomeOf } from './finish.ts'
import type { LoginNeeds } from './needs.ts'
import { requestOf } from './push.ts'
import type { SignInRow } from './rows.ts'
import { takesTyped, type UnderWay } from './under-way.ts'

/** @param seen the sign-in's request, where it was just read */
export async function signInView(needs: LoginNeeds, under: UnderWay, seen?: RequestRow): Promise<SignInView> {
  const { authorization, signIn } = under
  const { name, login_text: text, icon } = under.application
  const notice = await noticeText(needs)
  const named = {
    ...(notice !== undefined && { notice }),
    application: name,
    organisation: needs.organisation.name,
    ...(text === null ? {} : { text }),
    ...(icon === null ? {} : { icon: iconPath(icon) }),
  }
  if (!signIn) {
    const { loginHint } = authorization
    return { step: 'password', ...named, ...(loginHint === undefined ? {} : { loginHint }) }
  }
  const outcome = outcomeOf(signIn)
  if (outcome) {
    const { id, user_id: user, request_id: request } = signIn
    const continueTo = await authorization.accept({ user, request, signIn: id, ...outcome })
    return { step: 'signed-in', ...named, continueTo }
  }
  const known = { ...named, ...(await knownOf(needs, signIn, authorization)) }
  const request = seen ?? (await requestOf(needs, signIn))
  return request
    ? { step: 'waiting', ...known, request: waitingRequest(needs, request) }
    : { step: 'confirm', ...known }
}

async function knownOf(
  needs: LoginNeeds,
  { user_id: id, application_id: application }: SignInRow,
  authorization: PendingAuthorization,
) {
  const user = await userById(needs.store.read, id)
  if (!user) throw new Problem('no-sign-in')
  const held = await needs.policies.of({ user: id, application })
  const push = await pushOffer(needs, id, held)
  const typedPasscodes = takesTyped(authorization) ? await mayType(needs, { user: id, push, held }) : false
  return {
    username: user.username,
    push,
    requestSeconds: limitsUnder(needs.limits, held).requestLifetime.seconds,
    ...(typedPasscodes !== undefined && { typedPasscodes }),
  }
}

/** Where there is no token a passcode can be typed only if the help desk gave one. @returns undefined: as usual */
async function mayType(
  { store, clock }: LoginNeeds,
  { user, push, held }: { user: UserId; push: PushOffer; held: Effective },
): Promise<boolean | undefined> {
  if (held.typedPasscodes?.value === false) return false
  if (push.available || push.why !== 'no-token') return undefined
  return (await openOf(store.read, user, clock.now())).length > 0 ? true : undefined
}

async function pushOffer({ store, clock }: LoginNeeds, user: UserId, held: Effective): Promise<PushOffer> {
  const tokens = await unlocksOf(store.read, user)
  if (tokens.length === 0) return { available: false, why: 'no-token' }
  if (!tokens.some((token) => mayBeAsked(held, token))) return { available: false, why: 'unlock' }
  const { push_paused_until: until } = await readThrottle(store.read, user)
  if (until > clock.now()) return { available: false, why: 'push-paused', until: timestamp(until) }
  return { available: true }
}

function waitingRequest({ sealer, clock }: LoginNeeds, row: RequestRow): WaitingRequest {
  const passcode = row.state === 'approved' ? passcodeOf({ sealer }, row) : undefined
  return {
    state: row.state,
    reason: row.reason,
    delivery: row.delivery,
    number: row.number === null ? null : sealer.openText(row.number, numberPlace(row.id)),
    createdAt: timestamp(row.created_at),
    expiresAt: timestamp(row.expires_at),
    serverTime: timestamp(clock.now()),
    ...(passcode === undefined ? {} : { passcode }),
  }
}
