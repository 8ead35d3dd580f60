// 'It wasn't me!': everything that is asking as this user ends, and the organisation hears of it.
import type { Decided } from '../../protocol/device-api.ts'
import type { DeviceId } from '../../protocol/ids.ts'
import { raise } from '../audit/record.ts'
import type { TellNeeds } from '../notices/news.ts'
import type { DecisionsTable } from '../store/schema.ts'
import { readThrottle } from '../throttling/throttle.ts'
import { fileReport } from '../watching/file-report.ts'
import { askingRequests } from './rows.ts'
import { type SettleNeeds, writeEnding } from './settle.ts'
import { asOf, type RequestRow, transitions } from './state.ts'

export type Reporter = {
  /** null: at the account page, where nothing is signed */
  device: DeviceId | null
  /** at the account page: the session that reports */
  session?: string
}

/**
 * @returns what the reported request now is, or undefined where something changed in the meantime
 */
export async function reportAll(
  needs: SettleNeeds & TellNeeds,
  reported: RequestRow,
  { device, session }: Reporter,
  evidenceFor?: (answer: Decided) => DecisionsTable,
): Promise<Decided | undefined> {
  const now = needs.clock.now()
  const { read } = needs.store
  // First: a request that is made after this look has raised its version, and must be stopped too.
  const throttle = await readThrottle(read, reported.user_id)
  const asking = await askingRequests(read, reported.user_id, now)
  const changes = transitions(asking, { type: 'report' }, now).map(({ seen, row }) => ({
    seen,
    row: { ...row, decided_by_device: seen.decided_by_device ?? device },
  }))
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
    countedFrom: throttle,
    ...(evidence && { evidence }),
    also: async (tx, announce) => {
      for (const kind of kinds) await raise(tx, { ...event, kind })
      const about = {
        at: now,
        user_id: reported.user_id,
        request_id: reported.id,
        device_id: device ?? '',
        application_id: reported.application_id,
        redeemed: after.redeemed_at === null ? 0 : 1,
        mistake: isMistake ? 1 : 0,
      } as const
      // What came before it was not reached by it.
      await fileReport(tx, { ...needs, announce }, about, {
        session,
        happened: reported.created_at,
        since: reported.created_at,
      })
    },
  })
  return won ? answer : undefined
}
