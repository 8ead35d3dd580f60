// A typed passcode: right once, counted when wrong, whatever arrives together.
import type { Verified } from '../../protocol/application-answers.ts'
import type { ApplicationId, TokenId, UserId } from '../../protocol/ids.ts'
import type { Limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { typedTemporary } from '../desk/temporary.ts'
import { openOf, type Temporary, useTemporary } from '../desk/temporary-rows.ts'
import { activeTokensOf, spendStep, type TokenRow } from '../devices/rows.ts'
import { policyOf } from '../devices/token-policy.ts'
import { totpKeyOf } from '../devices/token-secrets.ts'
import type { TellNeeds } from '../notices/news.ts'
import { admit, refuse as refuseByPolicy } from '../policy/admit.ts'
import { mayBeAsked } from '../policy/asking.ts'
import type { Policies } from '../policy/book.ts'
import type { Effective } from '../policy/effective.ts'
import { type From, heldFrom } from '../policy/unusual.ts'
import { type Locate, whereFrom } from '../requests/context.ts'
import type { Db } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import { mustWin, unlessOvertaken, untilWon } from '../store/until-won.ts'
import { takeHit } from '../throttling/hits.ts'
import {
  NO_WRONG_PASSCODES,
  readThrottle,
  type ThrottleChanges,
  type ThrottleRow,
  updateThrottle,
} from '../throttling/throttle.ts'
import type { Blocks } from '../watching/blocks.ts'
import { checkTotp, type TotpMatch } from './totp.ts'
import { countWrong } from './wrong.ts'

export type VerifyNeeds = TellNeeds & {
  store: Store
  policies: Policies
  locate: Locate
  blocks: Pick<Blocks, 'refuse'>
  limits: Pick<Limits, 'wrongPasscodes' | 'verifiesPerUserAndApplication'>
}

/**
 * `passcode`: digits only, as the protocol's schema leaves them; from where it was typed, if that is known; `also`: what is
 * written with a right one, so that it is spent if, and only if, that is done
 */
export type Typed = { user: UserId; application: ApplicationId; passcode: string; also?: Written } & From

/** A passcode that shows that this token was unlocked just now. */
export type Fresh = {
  user: UserId
  token: TokenId
  passcode: string
  /** what it was asked for, written with it: the passcode is spent if, and only if, that is done */
  also: Written
  /**
   * the transaction it is written in, where more ends in it; moves the person's counts on from `counted`
   * @returns false where they had changed, or anything else that was read after them
   */
  within?: (counted: Counted, write: Written) => Promise<boolean>
}

type Written = (tx: Db, announce: Announce) => Promise<void>
type Counted = { seen: ThrottleRow; changes: ThrottleChanges }
type Tried = Omit<Typed, 'application'> & { application?: ApplicationId } & Partial<Pick<Fresh, 'token' | 'within'>>
type Guarded = {
  /** how many wrong ones in a row lock */
  most: number
  /** what a sign-in is held to; undefined: nobody is signed in by it */
  held?: Effective
}

/** @throws {Problem} address-blocked, refused-by-policy, too-many-requests */
export async function verifyTyped(needs: VerifyNeeds, typed: Typed): Promise<Verified> {
  await refuseBlocked(needs, typed)
  const held = await needs.policies.of(typed)
  await admit(needs, held, typed)
  if (held.typedPasscodes?.value === false) await refuseByPolicy(needs, typed, 'typed-passcodes')
  const most = held.wrongPasscodes?.value ?? needs.limits.wrongPasscodes.count
  await takeHit(needs.store, {
    bucket: `verify:${typed.user}:${typed.application}`,
    rate: needs.limits.verifiesPerUserAndApplication,
    now: needs.clock.now(),
    user: typed.user,
  })
  return untilWon(() => attempt(needs, typed, { most, held }))
}

/** Counted like any other typed passcode. @throws {Problem} too-many-requests, passcodes-locked, wrong-passcode */
export async function requireFresh(needs: VerifyNeeds, fresh: Fresh): Promise<void> {
  const most = (await needs.policies.of(fresh)).wrongPasscodes?.value ?? needs.limits.wrongPasscodes.count
  await takeHit(needs.store, {
    bucket: `verify:${fresh.user}:${fresh.token}`,
    rate: needs.limits.verifiesPerUserAndApplication,
    now: needs.clock.now(),
    user: fresh.user,
  })
  requireRight(await untilWon(() => attempt(needs, fresh, { most })))
}

/** @throws {Problem} passcodes-locked, wrong-passcode */
export function requireRight(verified: Verified): void {
  if (!verified.valid) throw new Problem(verified.reason === 'locked' ? 'passcodes-locked' : 'wrong-passcode')
}

/** @returns undefined where something changed since it was read */
async function attempt(needs: VerifyNeeds, typed: Tried, { most, held }: Guarded): Promise<Verified | undefined> {
  const { store, clock } = needs
  const now = clock.now()
  // Read before the tokens: a step spent in between has raised its version.
  const throttle = await readThrottle(store.read, typed.user)
  if (throttle.passcodes_locked_until > now) return refuse(needs, typed, 'locked')
  const tokens = await activeTokensOf(store.read, typed.user)
  const meant = typed.token === undefined ? tokens : tokens.filter(({ id }) => id === typed.token)
  const enough = held && (await refuseUnusual(needs, typed, { held, throttle, tokens: meant }))
  const tried = tryTokens(needs, meant, typed.passcode, now)
  if (tried === 'replayed') return refuse(needs, typed, 'replayed')
  if (tried !== 'wrong') {
    if (enough && !mayBeAsked(enough, tried.token)) return refuseByPolicy(needs, typed, 'unlock')
    return accept(needs, typed, throttle, tried)
  }
  // Where a device of one's own is asked for, nobody's word on the telephone stands in for it.
  const temporary = typed.token ? undefined : await typedTemporary(needs, typed.user, typed.passcode, now)
  return temporary ? acceptTemporary(needs, typed, throttle, temporary) : wrong(needs, typed, { throttle, most })
}

/**
 * As a push is refused: where it is unusual, and where no token is unlocked as it has to be. A temporary passcode is for
 * whoever has none at hand, so it is not asked to be unlocked.
 * @returns what holds there and now @throws {Problem} refused-by-policy
 */
async function refuseUnusual(
  needs: VerifyNeeds,
  typed: Tried,
  { held, throttle, tokens }: { held: Effective; throttle: ThrottleRow; tokens: TokenRow[] },
): Promise<Effective> {
  const { locate } = needs
  const now = needs.clock.now()
  const raised = heldFrom(held, typed, { kept: throttle, locate, now })
  if (raised === 'refused') return refuseByPolicy(needs, typed, 'risk')
  if (tokens.length === 0 || tokens.some((token) => mayBeAsked(raised, token))) return raised
  if ((await openOf(needs.store.read, typed.user, now)).length === 0) return refuseByPolicy(needs, typed, 'unlock')
  return raised
}

type Found = { token: TokenRow; match: TotpMatch }

function tryTokens({ sealer }: VerifyNeeds, tokens: TokenRow[], passcode: string, now: number) {
  const outcomes = tokens.map((token) => {
    const { otp } = policyOf(token)
    const state = { key: totpKeyOf(sealer, token), otp, drift: token.drift, lastStep: token.last_step }
    return { token, outcome: checkTotp(state, passcode, now) }
  })
  for (const { token, outcome } of outcomes) if (outcome.kind === 'accepted') return { token, match: outcome.match }
  return outcomes.some(({ outcome }) => outcome.kind === 'replayed') ? 'replayed' : 'wrong'
}

async function wrong(
  needs: VerifyNeeds,
  typed: Tried,
  counted: { throttle: ThrottleRow; most: number },
): Promise<Verified | undefined> {
  return (await countWrong(needs, subject(typed, needs.clock), counted)) ? { valid: false, reason: 'wrong' } : undefined
}

/** Neither counts: while it is locked nothing is checked, and a replayed code was once right. */
async function refuse({ store, clock }: VerifyNeeds, typed: Tried, reason: 'locked' | 'replayed'): Promise<Verified> {
  await store.write((tx) => record(tx, { ...subject(typed, clock), kind: 'passcode-refused', detail: { reason } }))
  return { valid: false, reason }
}

function accept(
  needs: VerifyNeeds,
  typed: Tried,
  throttle: ThrottleRow,
  { token, match }: Found,
): Promise<Verified | undefined> {
  const spend = (tx: Db, at: number) => spendStep(tx, token.id, { ...match, at })
  return acceptOnce(needs, typed, throttle, { spend, detail: { token: token.id }, token: token.id })
}

function acceptTemporary(
  needs: VerifyNeeds,
  typed: Tried,
  throttle: ThrottleRow,
  temporary: Temporary,
): Promise<Verified | undefined> {
  const spend = (tx: Db, at: number) => useTemporary(tx, temporary, at)
  return acceptOnce(needs, typed, throttle, { spend, detail: { temporary: temporary.id }, token: null })
}

/** @param right.spend false where it was spent meanwhile */
async function acceptOnce(
  needs: VerifyNeeds,
  typed: Tried,
  throttle: ThrottleRow,
  right: { spend(tx: Db, at: number): Promise<boolean>; detail: Record<string, string>; token: TokenId | null },
): Promise<Verified | undefined> {
  // Once more: what was blocked since it was first looked at lets nobody in.
  await refuseBlocked(needs, typed)
  const about = subject(typed, needs.clock)
  const write: Written = async (tx, announce) => {
    await mustWin(right.spend(tx, about.at))
    const detail = { ...right.detail, ...whereFrom(needs.locate, typed.address) }
    await record(tx, { ...about, kind: 'passcode-accepted', detail })
    await typed.also?.(tx, announce)
  }
  const counted = { seen: throttle, changes: NO_WRONG_PASSCODES }
  const isWritten = await unlessOvertaken((typed.within ?? writeAlone(needs))(counted, write))
  return isWritten ? { valid: true, token: right.token } : undefined
}

async function refuseBlocked({ blocks }: VerifyNeeds, { address }: Tried): Promise<void> {
  if (address !== undefined) await blocks.refuse(address)
}

const writeAlone =
  ({ store }: VerifyNeeds) =>
  ({ seen, changes }: Counted, write: Written): Promise<boolean> =>
    store.write(async (tx, announce) => {
      if (!(await updateThrottle(tx, seen, changes))) return false
      await write(tx, announce)
      return true
    })

const subject = ({ user, application }: Tried, clock: Clock) => ({
  at: clock.now(),
  user,
  ...(application && { application }),
})
