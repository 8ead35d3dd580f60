// 'It wasn't me!' about an account: what was added is taken away, what asks as this person ends, and the organisation
// hears of it.
import type { DeviceId } from '../../protocol/ids.ts'
import { NOTICE_WINDOW_MS } from '../../protocol/notices.ts'
import { Problem } from '../../protocol/problems.ts'
import { raise } from '../audit/record.ts'
import { isOldEnough } from '../devices/old-enough.ts'
import { takeHoldings } from '../devices/tokens.ts'
import { withdrawAllLinks } from '../handed-out/links.ts'
import type { TellNeeds } from '../notices/news.ts'
import { isAddition, markReported, type NamedNotice, type NoticeRow } from '../notices/rows.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { withdrawAll } from '../requests/withdraw.ts'
import type { Db } from '../store/schema.ts'
import type { Announce } from '../store/store.ts'
import { fileReport } from './file-report.ts'
import { isNoticeReported } from './report-rows.ts'

export type ReportNoticeNeeds = SettleNeeds & TellNeeds

/**
 * What was not added is not taken away; the token of a device that was this person's before goes alone. Of a link that
 * was made for somebody else nobody may make a token any more.
 */
async function undo(tx: Db, needs: TellNeeds & { announce: Announce }, row: NoticeRow): Promise<boolean> {
  const { user_id: user, device_id: device, token_id: token } = row
  if (OF_LINKS.has(row.kind)) return withdrawAllLinks(tx, { user, at: needs.clock.now(), because: 'report' })
  if (device === null) return false
  if (row.kind === 'device-added') return takeHoldings(tx, needs, { user, device, by: 'report' })
  if (row.kind !== 'token-added' || token === null) return false
  return takeHoldings(tx, needs, { user, device, only: token, by: 'report' })
}

/**
 * Whether what was added stays: the account page takes away no more by a report than it does as lost. Attack stopped:
 * whoever was let in by mistake says of the owner's new phone that it is none of theirs.
 */
export async function mustStay(
  db: Db,
  now: number,
  row: NoticeRow,
  session: ReportingSession | undefined,
): Promise<boolean> {
  const { user_id: user, device_id: device } = row
  if (!session || device === null || !isAddition(row.kind)) return false
  const { device: own, codeMadeAt: since } = session
  if (device === own) return true
  const only = row.kind === 'token-added' ? (row.token_id ?? undefined) : undefined
  return since !== null && !(await isOldEnough(db, now, { user, device, only, since }))
}

const OF_LINKS: ReadonlySet<NoticeRow['kind']> = new Set(['device-moving', 'link-made', 'link-by-device'])

/** At the account page. */
type ReportingSession = {
  id: string
  /** by whose approval or typed passcode it was begun */
  device: DeviceId | undefined
  /** when the recovery code or the help desk's passcode was made by which it was begun */
  codeMadeAt: number | null
}

type Reporter = {
  /** on which it was reported; null: at the account page */
  device: DeviceId | null
  session?: ReportingSession
}

/** Told twice is told once. @throws {Problem} too-late-to-report */
export async function reportNotice(
  needs: ReportNoticeNeeds,
  row: NamedNotice,
  { device, session }: Reporter,
): Promise<void> {
  if (row.reported_at !== null) return
  const now = needs.clock.now()
  if (now >= row.at + NOTICE_WINDOW_MS) throw new Problem('too-late-to-report')
  const { user_id: user, device_id: subject } = row
  await withdrawAll(needs, user, async (tx, announce) => {
    const stays = await mustStay(tx, now, row, session)
    // What stays is not marked, so that a device that was told can still take it away.
    if (stays ? await isNoticeReported(tx, row) : !(await markReported(tx, row.id, now))) return
    const undone = !stays && (await undo(tx, { ...needs, announce }, row))
    const detail = { notice: row.id, what: row.kind, subject, undone }
    await raise(tx, { at: now, kind: 'report', user, device, detail })
    const about = { at: now, user_id: user, request_id: '', device_id: device ?? '', application_id: '' } as const
    const what = { ...about, notice_id: row.id, redeemed: 0, mistake: 0 }
    await fileReport(tx, { ...needs, announce }, what, { session: session?.id, happened: row.at })
  })
}
