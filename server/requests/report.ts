// 'It wasn't me!': everything that is asking as this user ends, and the organisation hears of it.
import type { Decided } from '../../protocol/device-api.ts'
import type { DeviceId, RequestId } from '../../protocol/ids.ts'
import { raise } from '../audit/record.ts'
import type { TellNeeds } from '../notices/news.ts'
import type { Db, DecisionsTable } from '../store/schema.ts'
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
  const evidence = evidenceFor?.(answer)
  const mistake = reported.state === 'approved' && (device === null || reported.decided_by_device === device)
  const heard = { reported, device, mistake, redeemed: after.redeemed_at !== null, at: now }
  const stopped = changes.map(({ row }) => row.id)
  const won = await writeEnding(needs, {
    user: reported.user_id,
    application: reported.application_id,
    changes,
    counts: 'reported',
    countedFrom: throttle,
    ...(evidence && { evidence }),
    also: async (tx, announce) => {
      await raiseReport(tx, heard, { stopped, decision: evidence?.jti })
      // What came before it was not reached by it.
      const reach = { session, happened: reported.created_at, since: reported.created_at }
      await fileReport(tx, { ...needs, announce }, reportOf(heard), reach)
    },
  })
  return won ? answer : undefined
}

type Heard = {
  reported: RequestRow
  device: DeviceId | null
  /** whoever reports it has approved it before */
  mistake: boolean
  /** somebody is in by it already */
  redeemed: boolean
  at: number
}

async function raiseReport(
  tx: Db,
  { reported, device, mistake, redeemed, at }: Heard,
  { stopped, decision }: { stopped: RequestId[]; decision: string | undefined },
): Promise<void> {
  const event = {
    at,
    user: reported.user_id,
    request: reported.id,
    device,
    application: reported.application_id,
    detail: {
      ...(decision !== undefined && { decision }),
      redeemed,
      stopped,
      context: JSON.parse(reported.context) as unknown,
    },
  }
  await raise(tx, { ...event, kind: 'report' })
  if (mistake) await raise(tx, { ...event, kind: 'approved-by-mistake' })
}

const reportOf = ({ reported, device, mistake, redeemed, at }: Heard) =>
  ({
    at,
    user_id: reported.user_id,
    request_id: reported.id,
    device_id: device ?? '',
    application_id: reported.application_id,
    redeemed: redeemed ? 1 : 0,
    mistake: mistake ? 1 : 0,
  }) as const
