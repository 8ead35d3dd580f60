// Writing an ending down: one transaction in which exactly one writer wins.
import type { ApplicationId, RandomBytes, TokenId, UserId } from '../../protocol/ids.ts'
import type { Limits } from '../../protocol/limits.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { Actor } from '../audit/actor.ts'
import { type AuditKind, raise, record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { markUsed } from '../devices/token-rows.ts'
import { afterApproval } from '../passcodes/lock.ts'
import type { Policies } from '../policy/book.ts'
import { type LimitsHeld, limitsFor } from '../policy/limits.ts'
import type { Db, DecisionsTable } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import { inSteps, together } from '../store/together.ts'
import { mustWin, unlessOvertaken } from '../store/until-won.ts'
import { readThrottle, type ThrottleChange, type ThrottleRow, updateThrottle } from '../throttling/throttle.ts'
import type { Sightings } from '../watching/sightings.ts'
import { noteApproval, noteDenial } from '../watching/signs.ts'
import type { DeviceContext } from '../whereabouts/context.ts'
import { keepEvidence } from './evidence.ts'
import { afterEnding } from './limits.ts'
import { type Push, settledWishes } from './push.ts'
import { replaceRequest } from './rows.ts'
import { forgetSecretAnswer } from './secret-answers.ts'
import type { Change, RequestRow } from './state.ts'

export type SettleNeeds = {
  store: Store
  clock: Clock
  random: RandomBytes
  limits: Limits
  policies: Policies
  push: Push
  regionOf: (row: RequestRow) => string | undefined
  sightings?: Sightings | undefined
}

/** Why it ends, for the audit log, where that is nobody’s doing whom it is between. */
export type Because = { by?: Actor; detail: Record<string, unknown> }
export type Ending = {
  user: UserId
  /** where they were asked from; its policy says how the ending counts */
  application?: ApplicationId
  changes: Change[]
  /** how it counts since the last approval; undefined: not at all */
  counts?: 'approved' | 'refused' | 'unanswered' | 'reported'
  /** the user's counts as they were before `changes` were worked out; read here where nothing hangs on that */
  countedFrom?: ThrottleRow
  /** whose counts must be as they were seen before `changes` were worked out, and what becomes of them */
  guarded?: readonly ThrottleChange[]
  evidence?: DecisionsTable
  because?: Because | undefined
  /** the token that it was done with */
  used?: TokenId
  /** more to write in the same transaction, one after another if need be */
  also?: (tx: Db, announce: Announce) => Promise<void>
}

const MOST_REMEMBERED = 20
const AUDITED: Partial<Record<RequestRow['state'], AuditKind>> = {
  approved: 'approved',
  denied: 'denied',
  expired: 'expired',
  cancelled: 'cancelled',
}

/** @returns false where somebody else changed one of the rows first: read and decide again */
export async function writeEnding(needs: SettleNeeds, ending: Ending): Promise<boolean> {
  const { store, clock, push } = needs
  const now = clock.now()
  const throttle = ending.counts && (ending.countedFrom ?? (await readThrottle(store.read, ending.user)))
  const limits = ending.counts ? await limitsFor(needs, ending) : needs.limits
  const settled = ending.changes.filter(({ seen, row }) => seen.state !== row.state)
  const wishes = settled.flatMap(({ row }) => settledWishes(row, now))
  // Most endings are approvals, and nothing in those waits for an answer.
  const write = ending.counts === 'approved' && !ending.also ? store.writeTogether : inSteps(store)
  const asks = (tx: Db, announce: Announce) => {
    tell(announce, ending)
    const written = [
      ...ending.changes.map(({ seen, row }) => mustWin(replaceRequest(tx, seen, row))),
      ...(ending.guarded ?? []).map(({ seen, changes }) => mustWin(updateThrottle(tx, seen, changes))),
      throttle && count({ ...needs, limits }, tx, ending, throttle, now),
      ending.evidence && mustWin(keepEvidence(tx, ending.evidence)),
      // Suspended since it was looked at, it approves nothing.
      ending.used && mustWin(markUsed(tx, ending.used, now)),
      ending.also?.(tx, announce),
      ...settled.map(({ row }) => auditEnding(tx, row, ending, now)),
      ...settled.map(({ row }) => forgetSecretAnswer(tx, row.id)),
    ]
    return [together(written), push.enqueue(tx, wishes)] as const
  }
  const written = await unlessOvertaken(write(asks))
  if (!written) return false
  push.dispatch(written[1])
  for (const { row } of settled) needs.sightings?.settled(row)
  return true
}

async function count(
  needs: SettleNeeds & { limits: LimitsHeld },
  tx: Db,
  ending: Ending,
  throttle: ThrottleRow,
  now: number,
): Promise<void> {
  if (!ending.counts) return
  const { pausedNow, ...counts } = afterEnding(needs.limits, throttle, ending.counts, now)
  const approved = ending.counts === 'approved' ? ending.changes[0]?.row : undefined
  const denials = ending.changes.filter(({ row }) => row.state === 'denied').length
  const changes = approved
    ? {
        ...counts,
        ...afterApproval(throttle),
        places: remembering(throttle.places, needs.regionOf(approved)),
        clients: remembering(throttle.clients, clientOf(approved)),
      }
    : { ...counts, ...((denials > 0 || ending.counts === 'reported') && { denied_at: now }) }
  const { user } = ending
  await together([
    mustWin(updateThrottle(tx, throttle, changes)),
    approved && noteApproval(tx, needs.random, { user, deniedAt: throttle.denied_at, now }),
  ])
  if (denials > 0) await noteDenial(tx, needs.random, { user, denials, now })
  if (pausedNow)
    await raise(tx, {
      at: now,
      kind: 'push-paused',
      user: ending.user,
      detail: { until: timestamp(counts.push_paused_until), because: ending.counts },
    })
}

/** @param list JSON, newest last */
function remembering(list: string, seen: string | undefined): string {
  if (seen === undefined) return list
  const known = JSON.parse(list) as string[]
  return JSON.stringify([...known.filter((other) => other !== seen), seen].slice(-MOST_REMEMBERED))
}

const clientOf = ({ context }: RequestRow) => (JSON.parse(context) as DeviceContext).client

/** An entry names the decision that led to it, so that its signature can be found and kept with it. */
async function auditEnding(tx: Db, row: RequestRow, { evidence, because }: Ending, now: number): Promise<void> {
  const kind = AUDITED[row.state]
  if (!kind) return
  const subject = {
    at: now,
    user: row.user_id,
    request: row.id,
    ...(row.decided_by_device ? { device: row.decided_by_device } : {}),
    application: row.application_id,
    ...(because?.by && { by: because.by }),
  }
  const isItsOwn = evidence?.request_id === row.id && evidence.device_id === row.decided_by_device
  const decision = isItsOwn ? { decision: evidence.jti } : {}
  const detail = { reason: row.reason, purpose: row.purpose, ...decision, ...because?.detail }
  await record(tx, { ...subject, kind, detail })
  if (row.reason === 'wrong_number') await raise(tx, { ...subject, kind: 'wrong-number', detail: decision })
}

function tell(announce: Announce, ending: Ending): void {
  for (const { row } of ending.changes) announce(`request:${row.id}`)
  const users = new Set([ending.user, ...(ending.guarded ?? []).map(({ seen }) => seen.user_id)])
  for (const user of users) announce(`user:${user}`)
}
