// A new login request: whether it may be asked, what it asks, and its way to the user's devices.
import type { LoginRequestView } from '../../protocol/application-answers.ts'
import type { UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { mayUse } from '../applications/who-may.ts'
import { findUser } from '../directory/rows.ts'
import { inside, type Room } from '../overload/room.ts'
import { limitsUnder } from '../policy/limits.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Announce } from '../store/store.ts'
import { inSteps } from '../store/together.ts'
import { mustWin, unlessOvertaken, untilWon } from '../store/until-won.ts'
import { readThrottle, type ThrottleRow, updateThrottle } from '../throttling/throttle.ts'
import type { Blocks } from '../watching/blocks.ts'
import { canonicalAddress, deviceContext, type Locate } from '../whereabouts/context.ts'
import { dropRequest } from './cancel.ts'
import { compose } from './compose.ts'
import { expireOfUser } from './expire.ts'
import { type Holder, holdersOf } from './holders.ts'
import { type AskFacts, mayAsk } from './limits.ts'
import type { RandomInt } from './number.ts'
import { type Asked, questionFor } from './question.ts'
import { insertRequest, requestsSince } from './rows.ts'
import { numberCell } from './sealed.ts'
import type { SettleNeeds } from './settle.ts'
import type { RequestRow } from './state.ts'
import { applicationView } from './views.ts'

export type CreateNeeds = SettleNeeds & {
  randomInt: RandomInt
  sealer: Sealer
  locate: Locate
  blocks: Blocks
  /** how many may be made at once */
  creating?: Room
}

export type Asking = Asked & {
  /** an operator asks: what a pause keeps away are the pushes of whoever tries to sign in */
  duringPause?: true
  /** more to write in the same transaction, given the answer */
  also?: (tx: Db, answer: Created) => Promise<void>
}

/** What the application gets, once: the only time the secret is told. */
export type Created = LoginRequestView & { number: string | null; secret: string; numberWaived?: true }

/** An expiry is written down by then: until that was done it must be found here, for it counts. */
const UNWRITTEN_SECONDS = 10

type Whom = { id: UserId; username: string }

/**
 * @throws {Problem} unavailable, address-blocked, unknown-user, no-token, push-paused, refused-by-policy,
 * too-many-requests, invalid
 */
export function createRequest(needs: CreateNeeds, asking: Asking): Promise<Created> {
  return inside(needs.creating, asking.application.id, () => createThere(needs, asking))
}

async function createThere(needs: CreateNeeds, asking: Asking): Promise<Created> {
  const { store } = needs
  // What is wrong with the call itself is told before what is wrong with whom it is about.
  const given = asking.call.context?.ip
  const ip = given === undefined ? undefined : canonicalAddress(given)
  if (ip !== undefined) await needs.blocks.refuse(ip)
  const user = await findUser(store.read, asking.call.username)
  // Whom an application is not open to, that application doesn't get to know of.
  if (!user || !(await mayUse(store.read, asking.application, user.id))) throw new Problem('unknown-user')
  const created = await untilWon(() => attempt(needs, asking, user))
  if (ip !== undefined) await unlessBlockedMeanwhile(needs, created, ip)
  return created
}

/**
 * Whoever blocks an address looks for what is asked from there after the block has been written. What is written later
 * than that look finds the block here, in memory; at another process, which hears of it a moment later, it can’t be redeemed.
 */
async function unlessBlockedMeanwhile(needs: CreateNeeds, { id }: Created, ip: string): Promise<void> {
  const block = await needs.blocks.of(ip)
  if (!block) return
  await dropRequest(needs, { id }, { detail: { blocked: block.address } })
  throw new Problem('address-blocked')
}

async function attempt(needs: CreateNeeds, asking: Asking, user: Whom): Promise<Created | undefined> {
  const now = needs.clock.now()
  const seen = await readAbout(needs, asking, user, now)
  if (await expireOfUser(needs, user.id, seen.recent)) return undefined
  const pending = seen.recent.filter((row) => row.state === 'pending' && row.expires_at > now)
  refuseUnless(mayAsk(seen.limits, askFacts(asking, { ...seen, pending }), now), now)
  const question = await questionFor(needs, asking, { user: user.id, ...seen, now })
  const { row, number, secret } = compose(needs, {
    ...question,
    application: asking.application,
    call: asking.call,
    user,
    context: seen.context,
    lifetimeMs: seen.limits.requestLifetime.seconds * 1000,
    taken: takenNumbers(needs, pending),
    now,
  })
  const answer: Created = {
    ...applicationView(row),
    number,
    secret,
    ...(question.isNumberWaived && { numberWaived: true }),
  }
  const isWritten = await writeDown(needs, asking, { throttle: seen.throttle, row, holders: question.holders, answer })
  return isWritten ? answer : undefined
}

/** All that a request hangs on. @throws {Problem} no-token, invalid */
async function readAbout(needs: CreateNeeds, { application, call }: Asking, user: Whom, now: number) {
  const { read } = needs.store
  const held = await needs.policies.of({ user: user.id, application: application.id })
  const limits = limitsUnder(needs.limits, held)
  const longest = await needs.policies.longestLifetime(needs.limits.requestLifetime.seconds)
  const windowMs = Math.max(1000 * limits.requestsPerUser.seconds, 1000 * (longest + UNWRITTEN_SECONDS))
  const [throttle, active, recent] = await Promise.all([
    // Read before what it guards: a request that is made in between has raised its version.
    readThrottle(read, user.id),
    holdersOf(read, user.id),
    requestsSince(read, user.id, now - windowMs),
  ])
  if (active.length === 0) throw new Problem('no-token')
  const context = deviceContext(call.context ?? {}, needs.locate, JSON.parse(throttle.places) as string[])
  return { throttle, active, held, context, limits, recent }
}

type Recent = Awaited<ReturnType<typeof requestsSince>>

function askFacts(
  { duringPause }: Asking,
  { throttle, recent, pending }: { throttle: ThrottleRow; recent: Recent; pending: Recent },
): AskFacts {
  return {
    pausedUntil: duringPause ? 0 : throttle.push_paused_until,
    recent: recent.map((row) => row.created_at),
    pending: pending.map((row) => row.expires_at),
  }
}

/** Two requests that wait at once never show the same number. */
function takenNumbers({ sealer }: CreateNeeds, pending: Recent): Set<string> {
  return new Set(
    pending.flatMap(({ id, number }) => (number === null ? [] : [sealer.openText(number, numberCell(id))])),
  )
}

type New = { throttle: ThrottleRow; row: RequestRow; holders: readonly Holder[]; answer: Created }

/** @returns whether it won: nothing about this user changed since it was read */
async function writeDown(
  needs: CreateNeeds,
  { also, door }: Asking,
  { throttle, row, holders, answer }: New,
): Promise<boolean> {
  const subscribed = new Set(holders.flatMap(({ subscribed }) => subscribed ?? []))
  const about = { kind: 'login-request' as const, request: row.id, expiresAt: row.expires_at }
  const wishes = [...subscribed].map((device) => ({ ...about, device }))
  const asks = (tx: Db, announce: Announce) => {
    announce(`user:${row.user_id}`)
    return [
      // First: two at once can't both be the last that is allowed.
      mustWin(updateThrottle(tx, throttle, {})),
      insertRequest(tx, row),
      also?.(tx, answer),
      needs.push.enqueue(tx, wishes),
    ] as const
  }
  const write = also ? inSteps(needs.store) : needs.store.writeTogether
  const written = await unlessOvertaken(write(asks))
  if (!written) return false
  const [, , , jobs] = written
  needs.push.dispatch(jobs)
  needs.sightings?.asked({ ...row, door })
  return true
}

function refuseUnless(answer: ReturnType<typeof mayAsk>, now: number): void {
  if (answer.may) return
  const headers = { 'Retry-After': String(Math.max(1, Math.ceil((answer.until - now) / 1000))) }
  const members = answer.because === 'push-paused' ? { until: timestamp(answer.until) } : {}
  throw new Problem(answer.because, { headers, members })
}
