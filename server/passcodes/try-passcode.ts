// One typed passcode, tried and counted: right once, counted when wrong, whatever arrives together.
import type { Verified } from '../../protocol/application-answers.ts'
import type { ApplicationId, DeviceId, TokenId, UserId } from '../../protocol/ids.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { policyOf } from '../devices/token-policy.ts'
import { activeTokensOf, spendStep, type TokenRow } from '../devices/token-rows.ts'
import { totpKeyOf } from '../devices/token-secrets.ts'
import type { TellNeeds } from '../notices/news.ts'
import { refuse as refuseByPolicy } from '../policy/admit.ts'
import { mayBeAsked } from '../policy/asking.ts'
import type { Effective } from '../policy/effective.ts'
import { type From, heldFrom } from '../policy/unusual.ts'
import type { Db } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import { mustWin, unlessOvertaken } from '../store/until-won.ts'
import {
  NO_WRONG_PASSCODES,
  readThrottle,
  type ThrottleChange,
  type ThrottleRow,
  updateThrottle,
} from '../throttling/throttle.ts'
import type { Blocks } from '../watching/blocks.ts'
import { type Locate, whereFrom } from '../whereabouts/context.ts'
import { typedTemporary } from './temporary.ts'
import { openOf, type Temporary, useTemporary } from './temporary-rows.ts'
import { checkTotp, type TotpMatch } from './totp.ts'
import { countWrong } from './wrong.ts'

export type TryNeeds = TellNeeds & { store: Store; locate: Locate; blocks: Pick<Blocks, 'refuse'> }

export type Written = (tx: Db, announce: Announce) => Promise<void>

/** Whose code it was; of a temporary passcode, milliseconds: when the help desk gave it. */
export type Right = { device: DeviceId } | { codeMadeAt: number }

export type Tried = From & {
  user: UserId
  /** digits only, as the protocol's schema leaves them */
  passcode: string
  application?: ApplicationId
  /** whose it has to be, and nobody's word on the telephone stands in for it */
  token?: TokenId
  /** what it was typed for, written with a right one: the passcode is spent if, and only if, that is done */
  also?: (tx: Db, announce: Announce, right: Right) => Promise<void>
  /**
   * the transaction it is written in, where more ends in it; moves the person's counts on from `counted`
   * @returns false where they had changed, or anything else that was read after them
   */
  within?: (counted: ThrottleChange, write: Written) => Promise<boolean>
}

export type Held = {
  /** how many wrong ones in a row lock */
  most: number
  /** what a sign-in is held to; undefined: nobody is signed in by it */
  held?: Effective
}

/** @returns undefined where something changed since it was read */
export async function tryPasscode(needs: TryNeeds, typed: Tried, { most, held }: Held): Promise<Verified | undefined> {
  const { store, clock } = needs
  const now = clock.now()
  // Read before the tokens: a step spent in between has raised its version.
  const throttle = await readThrottle(store.read, typed.user)
  if (throttle.passcodes_locked_until > now) return refuse(needs, typed, 'locked')
  const tokens = await activeTokensOf(store.read, typed.user)
  const meant = typed.token === undefined ? tokens : tokens.filter(({ id }) => id === typed.token)
  const enough = held && (await heldNow(needs, typed, { held, throttle, tokens: meant }))
  const tried = tryTokens(needs, meant, typed.passcode, now)
  if (tried === 'replayed') return refuse(needs, typed, 'replayed')
  if (tried !== 'wrong') {
    if (enough && !mayBeAsked(enough, tried.token)) return refuseByPolicy(needs, typed, 'unlock')
    return accept(needs, typed, throttle, tried)
  }
  const temporary = typed.token ? undefined : await typedTemporary(needs, typed.user, typed.passcode, now)
  return temporary ? acceptTemporary(needs, typed, throttle, temporary) : wrong(needs, typed, { throttle, most })
}

/**
 * What holds there and now. A temporary passcode is for whoever has no token at hand, so it is not asked to be unlocked.
 * @throws {Problem} refused-by-policy where it is unusual, or no token is unlocked as it has to be
 */
async function heldNow(
  needs: TryNeeds,
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

function tryTokens({ sealer }: TryNeeds, tokens: TokenRow[], passcode: string, now: number) {
  const outcomes = tokens.map((token) => {
    const { otp } = policyOf(token)
    const state = { key: totpKeyOf(sealer, token), otp, drift: token.drift, lastStep: token.last_step }
    return { token, outcome: checkTotp(state, passcode, now) }
  })
  for (const { token, outcome } of outcomes) if (outcome.kind === 'accepted') return { token, match: outcome.match }
  return outcomes.some(({ outcome }) => outcome.kind === 'replayed') ? 'replayed' : 'wrong'
}

async function wrong(
  needs: TryNeeds,
  typed: Tried,
  counted: { throttle: ThrottleRow; most: number },
): Promise<Verified | undefined> {
  return (await countWrong(needs, subject(typed, needs.clock), counted)) ? { valid: false, reason: 'wrong' } : undefined
}

/** Neither counts: while it is locked nothing is checked, and a replayed code was once right. */
async function refuse({ store, clock }: TryNeeds, typed: Tried, reason: 'locked' | 'replayed'): Promise<Verified> {
  await store.write((tx) => record(tx, { ...subject(typed, clock), kind: 'passcode-refused', detail: { reason } }))
  return { valid: false, reason }
}

function accept(
  needs: TryNeeds,
  typed: Tried,
  throttle: ThrottleRow,
  { token, match }: Found,
): Promise<Verified | undefined> {
  const spend = (tx: Db, at: number) => spendStep(tx, token.id, { ...match, at })
  const right = { device: token.device_id }
  return acceptOnce(needs, typed, throttle, { spend, detail: { token: token.id }, token: token.id, right })
}

function acceptTemporary(
  needs: TryNeeds,
  typed: Tried,
  throttle: ThrottleRow,
  temporary: Temporary,
): Promise<Verified | undefined> {
  const spend = (tx: Db, at: number) => useTemporary(tx, temporary, at)
  const right = { codeMadeAt: temporary.created_at }
  return acceptOnce(needs, typed, throttle, { spend, detail: { temporary: temporary.id }, token: null, right })
}

/** @param found.spend false where it was spent meanwhile */
async function acceptOnce(
  needs: TryNeeds,
  typed: Tried,
  throttle: ThrottleRow,
  found: {
    spend(tx: Db, at: number): Promise<boolean>
    detail: Record<string, string>
    token: TokenId | null
    right: Right
  },
): Promise<Verified | undefined> {
  // Once more: what was blocked since it was first looked at lets nobody in.
  await refuseBlocked(needs, typed)
  const about = subject(typed, needs.clock)
  const write: Written = async (tx, announce) => {
    await mustWin(found.spend(tx, about.at))
    const detail = { ...found.detail, ...whereFrom(needs.locate, typed.address) }
    await record(tx, { ...about, kind: 'passcode-accepted', detail })
    await typed.also?.(tx, announce, found.right)
  }
  const counted = { seen: throttle, changes: NO_WRONG_PASSCODES }
  const isWritten = await unlessOvertaken((typed.within ?? writeAlone(needs))(counted, write))
  return isWritten ? { valid: true, token: found.token } : undefined
}

export async function refuseBlocked({ blocks }: TryNeeds, { address }: Tried): Promise<void> {
  if (address !== undefined) await blocks.refuse(address)
}

const writeAlone =
  ({ store }: TryNeeds) =>
  ({ seen, changes }: ThrottleChange, write: Written): Promise<boolean> =>
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
