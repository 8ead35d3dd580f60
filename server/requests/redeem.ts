// The end of the road: an approval, its secret and its passcode are exchanged for a sign-in, once.
import type { Redeemed } from '../../protocol/application-answers.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { digest, sameText } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { inSteps } from '../store/together.ts'
import { mustWin, unlessOvertaken, untilWon } from '../store/until-won.ts'
import type { Blocks } from '../watching/blocks.ts'
import type { DeviceContext } from '../whereabouts/context.ts'
import { replaceRequest, requestRow, targetsOf } from './rows.ts'
import { passcodeCell } from './sealed.ts'
import { type RequestEvent, type RequestRow, transition } from './state.ts'

export type RedeemNeeds = { store: Store; clock: Clock; sealer: Sealer; blocks: Pick<Blocks, 'refuse'> }

export type Redemption = {
  secret: string
  passcode: string
  /** more to write in the same transaction, given the answer */
  also?: (tx: Db, answer: Redeemed) => Promise<void>
}

const MOST_WRONG_PASSCODES = 3

/** @throws {Problem} wrong-secret, address-blocked, not-approved, already-redeemed, expired, wrong-passcode */
export async function redeemRequest(needs: RedeemNeeds, first: RequestRow, given: Redemption): Promise<Redeemed> {
  requireSecret(first, given.secret)
  let seen: RequestRow | undefined = first
  return untilWon(async () => {
    if (!seen) throw new Problem('unknown-request')
    const redeemed = await attempt(needs, seen, given)
    if (!redeemed) seen = await requestRow(needs.store.read, first.id)
    return redeemed
  })
}

/** Attack stopped: what was begun at an address before it was blocked, and is finished after. */
async function refuseBlocked({ blocks }: RedeemNeeds, { context }: RequestRow): Promise<void> {
  const { ip } = JSON.parse(context) as DeviceContext
  if (ip !== undefined) await blocks.refuse(ip)
}

/** @throws {Problem} wrong-secret */
export function requireSecret(row: RequestRow, secret: string): void {
  if (!sameText(digest(secret), row.secret_hash)) throw new Problem('wrong-secret')
}

/** The passcode that waits to be redeemed. */
export function passcodeOf({ sealer }: Pick<RedeemNeeds, 'sealer'>, row: RequestRow): string | undefined {
  return row.passcode === null ? undefined : sealer.openText(row.passcode, passcodeCell(row.id))
}

async function attempt(needs: RedeemNeeds, seen: RequestRow, given: Redemption): Promise<Redeemed | undefined> {
  const now = needs.clock.now()
  const isRight = sameText(given.passcode, passcodeOf(needs, seen) ?? '')
  const event: RequestEvent = isRight ? { type: 'redeem' } : { type: 'wrong-redeem', tries: MOST_WRONG_PASSCODES }
  const result = transition(seen, event, now)
  if ('refused' in result) throw new Problem(result.refused)
  const { row } = result
  await refuseBlocked(needs, row)
  const subject = { at: now, user: row.user_id, request: row.id, application: row.application_id }
  const write = given.also ? inSteps(needs.store) : needs.store.writeTogether
  const written = write((tx, announce) => {
    announce(`request:${row.id}`)
    return [
      mustWin(replaceRequest(tx, seen, row)),
      record(tx, { ...subject, kind: isRight ? 'redeemed' : 'passcode-refused', detail: {} }),
      isRight && given.also?.(tx, redeemed(row)),
    ]
  })
  if (!(await unlessOvertaken(written))) return undefined
  if (!isRight)
    throw new Problem('wrong-passcode', {
      members: { triesLeft: Math.max(0, MOST_WRONG_PASSCODES - row.wrong_redeems) },
    })
  return redeemed(row)
}

/** What was told of a request that is redeemed. */
export function redeemed(row: RequestRow): Redeemed {
  const by = targetsOf(row).find((target) => target.token === row.decided_by_token)
  if (!by) throw new Error(`request ${row.id} is approved by a token it was not sent to`)
  const unlocked = { none: [], webauthn: ['user'], pin: ['pin'] }[by.unlock]
  return {
    username: row.username,
    userId: row.user_id,
    amr: ['otp', 'swk', ...unlocked],
    token: by.token,
    device: by.device,
    approvedAt: timestamp(row.settled_at ?? row.created_at),
    numberMatched: row.number_matched === 1,
  }
}
