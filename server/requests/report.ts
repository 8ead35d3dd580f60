// 'It wasn't me!': everything that is asking as this user ends, and the organisation hears of it.
import type { Decided } from '../../protocol/device-api.ts'
import type { DeviceId, RandomBytes, RequestId, UserId } from '../../protocol/ids.ts'
import { raise } from '../audit/record.ts'
import { endSignIns } from '../handed-out/sign-ins.ts'
import { forgetBrowsers } from '../policy/remembered.ts'
import type { Db, DecisionsTable } from '../store/schema.ts'
import { readThrottle } from '../throttling/throttle.ts'
import { openReport } from '../watching/report-rows.ts'
import { pendingRequests, unredeemedRequests } from './rows.ts'
import { type Change, type SettleNeeds, writeEnding } from './settle.ts'
import { asOf, type RequestRow, transition } from './state.ts'

export type Reporter = {
  /** null: at the account page, where nothing is signed */
  device: DeviceId | null
  /** at the account page: the session that reports, which goes on */
  session?: string
}

/**
 * @returns what the reported request now is, or undefined where something changed in the meantime
 */
export async function reportAll(
  needs: SettleNeeds & { random: RandomBytes },
  reported: RequestRow,
  { device, session }: Reporter,
  evidenceFor?: (answer: Decided) => DecisionsTable,
): Promise<Decided | undefined> {
  const now = needs.clock.now()
  const { read } = needs.store
  // First: a request that is made after this look has raised its version, and must be stopped too.
  const throttle = await readThrottle(read, reported.user_id)
  const asking = [
    ...(await pendingRequests(read, [reported.user_id], now)),
    ...(await unredeemedRequests(read, reported.user_id, now)),
  ]
  const changes = asking.flatMap((seen): Change[] => {
    const result = transition(seen, { type: 'report' }, now)
    return 'row' in result
      ? [{ seen, row: { ...result.row, decided_by_device: seen.decided_by_device ?? device } }]
      : []
  })
  const after = changes.find(({ row }) => row.id === reported.id)?.row ?? asOf(reported, now)
  const answer: Decided = { state: after.state, reason: after.reason }
  const isMistake = reported.state === 'approved' && (device === null || reported.decided_by_device === device)
  const kinds = isMistake ? (['report', 'approved-by-mistake'] as const) : (['report'] as const)
  const evidence = evidenceFor?.(answer)
  const event = {
    at: now,
    user: reported.user_id,
    request: reported.id,
    device,
    application: reported.application_id,
    detail: {
      ...(evidence && { decision: evidence.jti }),
      redeemed: after.redeemed_at !== null,
      stopped: changes.map(({ row }) => row.id),
      context: JSON.parse(reported.context) as unknown,
    },
  }
  const won = await writeEnding(needs, {
    user: reported.user_id,
    application: reported.application_id,
    changes,
    counts: 'reported',
    throttle,
    ...(evidence && { evidence }),
    also: async (tx) => {
      await endWhatFollowed(tx, needs, reported, session)
      for (const kind of kinds) await raise(tx, { ...event, kind })
      await openReport(tx, needs.random, {
        at: now,
        user_id: reported.user_id,
        request_id: reported.id,
        device_id: device ?? '',
        application_id: reported.application_id,
        redeemed: after.redeemed_at === null ? 0 : 1,
        mistake: isMistake ? 1 : 0,
      })
    },
  })
  return won ? answer : undefined
}

/**
 * What whoever signed in by it may hold, at every door: what was given out with it, and what they reached since without
 * asking a device, by a browser that was remembered or at the account page.
 */
async function endWhatFollowed(
  tx: Db,
  needs: SettleNeeds,
  { id, user_id: user, created_at: since }: RequestRow,
  session = '',
): Promise<void> {
  await forgetBrowsers(tx, user)
  await endSignIns(tx, needs, { request: id })
  await endSignIns(tx, needs, { user, unaskedSince: since })
  await tx
    .deleteFrom('account_sessions')
    .where('user_id', '=', user)
    .where('created_at', '>=', since)
    .where('id', '!=', session)
    .execute()
  await holdBack(tx, { id, user, since })
}

/** Whoever confirmed and has not gone on yet goes no further. */
async function holdBack(tx: Db, { id, user, since }: { id: RequestId; user: UserId; since: number }): Promise<void> {
  await tx
    .deleteFrom('sign_ins')
    .where('user_id', '=', user)
    .where('outcome', 'is not', null)
    .where((w) => w.or([w('request_id', '=', id), w('created_at', '>=', since)]))
    .execute()
  await tx
    .updateTable('entra_visits')
    .set({ browser: '', outcome: null })
    .where('user_id', '=', user)
    .where('outcome', 'is not', null)
    .execute()
}
