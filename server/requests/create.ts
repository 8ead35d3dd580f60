// A new login request: whether it may be asked, what it asks, and its way to the user's devices.
import type { LoginRequestView } from '../../protocol/application-answers.ts'
import type { NewLoginRequest } from '../../protocol/application-api.ts'
import { base64url } from '../../protocol/encoding.ts'
import { type ApplicationId, type DeviceId, newId, type RandomBytes, type UserId } from '../../protocol/ids.ts'
import type { NumberDigits } from '../../protocol/login-request.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { mayUse } from '../applications/who-may.ts'
import { findUser } from '../directory/rows.ts'
import type { Room } from '../overload/room.ts'
import { admit, refuse } from '../policy/admit.ts'
import { asking as askingUnder } from '../policy/asking.ts'
import { limitsUnder } from '../policy/limits.ts'
import { underRisk } from '../policy/risk.ts'
import { signalsAbout } from '../policy/unusual.ts'
import { digest } from '../store/digest.ts'
import { prepared } from '../store/prepared.ts'
import type { Db, Target } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Announce } from '../store/store.ts'
import { inSteps } from '../store/together.ts'
import { mustWin, unlessOvertaken, untilWon } from '../store/until-won.ts'
import { readThrottle, updateThrottle } from '../throttling/throttle.ts'
import type { Blocks } from '../watching/blocks.ts'
import { canonicalAddress, type DeviceContext, deviceContext, type Locate } from './context.ts'
import { expireOfUser } from './expire.ts'
import { mayAsk } from './limits.ts'
import { newNumber, type RandomInt } from './number.ts'
import { insertRequest, requestsSince } from './rows.ts'
import type { SettleNeeds } from './settle.ts'
import type { RequestRow } from './state.ts'
import { applicationView } from './views.ts'

export type CreateNeeds = SettleNeeds & {
  random: RandomBytes
  randomInt: RandomInt
  sealer: Sealer
  locate: Locate
  blocks: Blocks
  /** how many may be made at once */
  creating?: Room
}

export type Asking = {
  application: { id: ApplicationId; name: string; restricted?: number }
  call: NewLoginRequest
  /** a number is asked for whatever token and policy say */
  numbered?: true
  /** an operator asks: what a pause keeps away are the pushes of whoever tries to sign in */
  duringPause?: true
  /** whoever asks has no way to show a number: what then holds is the policy's to say */
  cannotShowNumber?: boolean
  /** more to write in the same transaction, given the answer */
  also?: (tx: Db, answer: Created) => Promise<void>
}

/** What the application gets, once: the only time the secret is told. */
export type Created = LoginRequestView & { number: string | null; secret: string; numberWaived?: true }

/** An expiry is written down by then: until that was done it must be found here, for it counts. */
const UNWRITTEN_SECONDS = 10

type Holder = Target & { number_matching: number; number_digits: NumberDigits; subscribed: DeviceId | null }

/**
 * @throws {Problem} unavailable, address-blocked, unknown-user, no-token, push-paused, refused-by-policy,
 * too-many-requests, invalid
 */
export async function createRequest(needs: CreateNeeds, asking: Asking): Promise<Created> {
  const leave = needs.creating?.enter()
  try {
    return await made(needs, asking)
  } finally {
    leave?.()
  }
}

async function made(needs: CreateNeeds, asking: Asking): Promise<Created> {
  const { store } = needs
  // What is wrong with the call itself is told before what is wrong with whom it is about.
  const ip = asking.call.context?.ip
  if (ip !== undefined) await needs.blocks.refuse(canonicalAddress(ip))
  const user = await findUser(store.read, asking.call.username)
  // Whom an application is not open to, that application doesn't get to know of.
  if (!user || !(await mayUse(store.read, asking.application, user.id))) throw new Problem('unknown-user')
  return untilWon(() => attempt(needs, asking, user))
}

async function attempt(
  needs: CreateNeeds,
  asking: Asking,
  user: { id: UserId; username: string },
): Promise<Created | undefined> {
  const { store, clock, policies } = needs
  const now = clock.now()
  // Read before what it guards: a request that is made in between has raised its version.
  const throttle = await readThrottle(store.read, user.id)
  const active = await holdersOf(store.read, user.id)
  if (active.length === 0) throw new Problem('no-token')
  const subject = { user: user.id, application: asking.application.id }
  const held = await policies.of(subject)
  const purpose = asking.call.purpose ?? 'sign-in'
  const given = asking.call.context ?? {}
  const context = deviceContext(given, needs.locate, JSON.parse(throttle.places) as string[])
  const limits = limitsUnder(needs.limits, held)
  const longest = await policies.longestLifetime(needs.limits.requestLifetime.seconds)
  const windowMs = Math.max(1000 * limits.requestsPerUser.seconds, 1000 * (longest + UNWRITTEN_SECONDS))
  const recent = await requestsSince(store.read, user.id, now - windowMs)
  if (await expireOfUser(needs, user.id, recent)) return undefined
  const pending = recent.filter((row) => row.state === 'pending' && row.expires_at > now)
  refuseUnless(
    mayAsk(
      limits,
      {
        pausedUntil: asking.duringPause ? 0 : throttle.push_paused_until,
        recent: recent.map((row) => row.created_at),
        pending: pending.map((row) => row.expires_at),
      },
      now,
    ),
    now,
  )
  const from = { ...subject, address: context.ip }
  // Nobody signs in by talking to the help desk.
  if (purpose === 'sign-in') await admit(needs, held, from)
  const signals = purpose === 'sign-in' ? signalsAbout(throttle, { context, given }, now) : []
  const raised = underRisk(held, signals)
  if (raised === 'refused') return refuse(needs, from, 'risk')
  const under = askingUnder(raised, { purpose, holders: active })
  const isWaived = asking.cannotShowNumber === true && under.digits !== null
  // A number that was asked for because something is unusual is never waived.
  if (isWaived && (held.withoutNumber?.value !== 'approval' || signals.length > 0)) return refuse(needs, from, 'number')
  const { holders, digits } = asking.numbered ? withNumber(under) : { ...under, ...(isWaived && { digits: null }) }
  if (holders.length === 0) return refuse(needs, from, 'unlock')
  const { row, number, secret } = compose(needs, asking, user, {
    holders,
    digits,
    context,
    lifetimeMs: limits.requestLifetime.seconds * 1000,
    taken: new Set(
      pending.flatMap((p) => (p.number === null ? [] : [needs.sealer.openText(p.number, numberPlace(p.id))])),
    ),
    now,
  })
  const answer: Created = { ...applicationView(row), number, secret, ...(isWaived && { numberWaived: true }) }
  const subscribed = new Set(holders.flatMap(({ subscribed }) => subscribed ?? []))
  const wishes = [...subscribed].map((device) => ({
    ...{ kind: 'login-request' as const, device, request: row.id, expiresAt: row.expires_at },
  }))
  const asks = (tx: Db, announce: Announce) => {
    announce(`user:${user.id}`)
    return [
      // First, and only where nothing about this user changed since it was read: two at once can't both be the last allowed.
      mustWin(updateThrottle(tx, throttle, {})),
      insertRequest(tx, row),
      asking.also?.(tx, answer),
      needs.push.enqueue(tx, wishes),
    ] as const
  }
  const write = asking.also ? inSteps(store) : store.writeTogether
  const written = await unlessOvertaken(write(asks))
  if (!written) return undefined
  const [, , , jobs] = written
  needs.push.dispatch(jobs)
  needs.sightings?.asked(row)
  return answer
}

/** Nobody types a number on a notification. */
function withNumber({ holders, digits }: { holders: Holder[]; digits: NumberDigits | null }) {
  return { holders: holders.map((holder) => ({ ...holder, approval: 'standard' as const })), digits: digits ?? 2 }
}

/** Every active token of the user with its device, one row each; none of somebody suspended. */
const holders = prepared((db, v: { user: UserId }) =>
  db
    .selectFrom('tokens')
    .innerJoin('devices', 'devices.id', 'tokens.device_id')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .leftJoin('subscriptions', 'subscriptions.device_id', 'tokens.device_id')
    .select(['tokens.id as token', 'tokens.device_id as device', 'tokens.unlock', 'tokens.approval'])
    .select(['tokens.number_matching', 'tokens.number_digits', 'subscriptions.device_id as subscribed'])
    .where('tokens.user_id', '=', v.user)
    .where('tokens.state', '=', 'active')
    .where('devices.state', '=', 'active')
    .where('users.state', '=', 'active')
    .orderBy('tokens.created_at'),
)

async function holdersOf(db: Db, user: UserId): Promise<Holder[]> {
  return (await holders(db, { user })).rows
}

function refuseUnless(answer: ReturnType<typeof mayAsk>, now: number): void {
  if (answer.may) return
  const headers = { 'Retry-After': String(Math.max(1, Math.ceil((answer.until - now) / 1000))) }
  const members = answer.because === 'push-paused' ? { until: timestamp(answer.until) } : {}
  throw new Problem(answer.because, { headers, members })
}

function compose(
  needs: CreateNeeds,
  { application, call }: Asking,
  user: { id: UserId; username: string },
  facts: {
    holders: Holder[]
    digits: NumberDigits | null
    lifetimeMs: number
    taken: Set<string>
    context: DeviceContext
    now: number
  },
): { row: RequestRow; number: string | null; secret: string } {
  const { random, sealer } = needs
  const id = newId('req', random)
  const { digits: numberDigits } = facts
  const number = numberDigits === null ? null : newNumber(numberDigits, facts.taken, needs.randomInt)
  const secret = base64url(random(16))
  const targets: Target[] = facts.holders.map(({ token, device, unlock, approval }) => ({
    token,
    device,
    unlock,
    approval,
  }))
  const row: RequestRow = {
    id,
    version: 1,
    state: 'pending',
    reason: null,
    delivery: facts.holders.some((h) => h.subscribed !== null) ? 'queued' : 'none',
    user_id: user.id,
    username: user.username,
    application_id: application.id,
    application_name: application.name,
    purpose: call.purpose ?? 'sign-in',
    nonce: base64url(random(16)),
    context: JSON.stringify(facts.context),
    targets: JSON.stringify(targets),
    number_digits: numberDigits,
    number: number === null ? null : sealer.seal(number, numberPlace(id)),
    secret_hash: digest(secret),
    passcode: null,
    wrong_passcodes: 0,
    wrong_redeems: 0,
    decided_by_token: null,
    decided_by_device: null,
    number_matched: 0,
    created_at: facts.now,
    expires_at: facts.now + facts.lifetimeMs,
    settled_at: null,
    redeem_until: null,
    redeemed_at: null,
  }
  return { row, number, secret }
}

export const numberPlace = (id: string) => ({ table: 'login_requests', column: 'number', id })
export const passcodePlace = (id: string) => ({ table: 'login_requests', column: 'passcode', id })
