// What the page shows just now, worked out from the store each time: a reload, a second tab and the back button all
// find the same.

import type { UserId } from '../../protocol/ids.ts'
import type { PushOffer, SignInView, WaitingRequest } from '../../protocol/login-api.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { iconPath } from '../applications/icon.ts'
import { unlocksOf } from '../devices/token-rows.ts'
import { userById } from '../directory/rows.ts'
import { openOf } from '../passcodes/temporary-rows.ts'
import { mayBeAsked } from '../policy/asking.ts'
import type { Effective } from '../policy/effective.ts'
import { limitsUnder } from '../policy/limits.ts'
import { type From, heldFrom } from '../policy/unusual.ts'
import { mayRecover } from '../recovery/codes.ts'
import { passcodeOf } from '../requests/redeem.ts'
import { numberCell } from '../requests/sealed.ts'
import type { RequestRow } from '../requests/state.ts'
import { readThrottle } from '../throttling/throttle.ts'
import { noticeText } from '../watching/sign-in-notice.ts'
import type { PendingAuthorization } from './authorization.ts'
import { outcomeOf } from './finish.ts'
import type { LoginNeeds } from './needs.ts'
import { requestOf } from './push.ts'
import type { SignInRow } from './rows.ts'
import { takesTyped, type UnderWay } from './under-way.ts'

/** @param from where it is open, for what the policy says of there; `seen`: the request, where it was just read */
export async function signInView(
  needs: LoginNeeds,
  under: UnderWay,
  { from, seen }: { from: From; seen?: RequestRow | undefined },
): Promise<SignInView> {
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
  const known = { ...named, ...(await knownOf(needs, signIn, { authorization, from })) }
  const request = seen ?? (await requestOf(needs, signIn))
  return request
    ? { step: 'waiting', ...known, request: waitingRequest(needs, request) }
    : { step: 'confirm', ...known }
}

/**
 * The same page a moment later. What else may be done is worked out anew only where the request came to nothing: until then
 * the person waits, and what is refused meanwhile is refused when it is asked for.
 */
export async function nextView(
  needs: LoginNeeds,
  under: UnderWay,
  { shown, from, seen }: { shown: SignInView | undefined; from: From; seen: RequestRow | undefined },
): Promise<SignInView> {
  const isOnItsWay = seen?.state === 'pending' || seen?.state === 'approved'
  if (shown?.step === 'waiting' && isOnItsWay && under.signIn?.outcome === null)
    return { ...shown, request: waitingRequest(needs, seen) }
  return signInView(needs, under, { from, seen })
}

async function knownOf(
  needs: LoginNeeds,
  { user_id: id, application_id: application }: SignInRow,
  { authorization, from }: { authorization: PendingAuthorization; from: From },
) {
  const user = await userById(needs.store.read, id)
  if (!user) throw new Problem('no-sign-in')
  const held = await needs.policies.of({ user: id, application })
  const ways = await waysIn(needs, id, { held, from })
  const typedPasscodes = takesTyped(authorization) ? ways.typedPasscodes : false
  return {
    username: user.username,
    push: ways.push,
    requestSeconds: limitsUnder(needs.limits, held).requestLifetime.seconds,
    ...(typedPasscodes !== undefined && { typedPasscodes }),
    ...(!mayRecover(held) && { recoveryCodes: false as const }),
  }
}

type Ways = { push: PushOffer; typedPasscodes?: boolean | undefined }

/** What would be refused is not offered. @returns typedPasscodes undefined: as usual */
async function waysIn(
  { store, clock, locate }: LoginNeeds,
  user: UserId,
  { held, from }: { held: Effective; from: From },
): Promise<Ways> {
  const now = clock.now()
  const kept = await readThrottle(store.read, user)
  const raised = heldFrom(held, from, { kept, locate, now })
  if (raised === 'refused') return { push: { available: false, why: 'risk' }, typedPasscodes: false }
  const push = await pushOffer(store, user, { raised, pausedUntil: kept.push_paused_until, now })
  if (held.typedPasscodes?.value === false) return { push, typedPasscodes: false }
  if (push.available || push.why === 'push-paused') return { push }
  // Where no token is, or none that is enough, a passcode can be typed only if the help desk gave one.
  const isGiven = (await openOf(store.read, user, now)).length > 0
  return { push, typedPasscodes: isGiven || (push.why === 'unlock' ? false : undefined) }
}

async function pushOffer(
  { read }: LoginNeeds['store'],
  user: UserId,
  { raised, pausedUntil, now }: { raised: Effective; pausedUntil: number; now: number },
): Promise<PushOffer> {
  const tokens = await unlocksOf(read, user)
  if (tokens.length === 0) return { available: false, why: 'no-token' }
  if (!tokens.some((token) => mayBeAsked(raised, token))) return { available: false, why: 'unlock' }
  if (pausedUntil > now) return { available: false, why: 'push-paused', until: timestamp(pausedUntil) }
  return { available: true }
}

function waitingRequest({ sealer, clock }: LoginNeeds, row: RequestRow): WaitingRequest {
  const passcode = row.state === 'approved' ? passcodeOf({ sealer }, row) : undefined
  return {
    state: row.state,
    reason: row.reason,
    delivery: row.delivery,
    number: row.number === null ? null : sealer.openText(row.number, numberCell(row.id)),
    createdAt: timestamp(row.created_at),
    expiresAt: timestamp(row.expires_at),
    serverTime: timestamp(clock.now()),
    ...(passcode === undefined ? {} : { passcode }),
  }
}
