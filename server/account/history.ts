// What happened in a person's name, and 'It wasn't me!'.
import type { AccountHistory, PastNotice } from '../../protocol/account-api.ts'
import { noticeId, requestId, type UserId } from '../../protocol/ids.ts'
import { NOTICE_WINDOW_MS } from '../../protocol/notices.ts'
import { Problem } from '../../protocol/problems.ts'
import { type NamedNotice, noticeById, noticesOf } from '../notices/rows.ts'
import { noticeView } from '../notices/view.ts'
import { reportAll } from '../requests/report.ts'
import { requestRow } from '../requests/rows.ts'
import type { Db } from '../store/schema.ts'
import { untilWon } from '../store/until-won.ts'
import { latestRequests, shownRequest } from '../watching/live.ts'
import { mustStay, type ReportNoticeNeeds, reportNotice } from '../watching/report-notice.ts'
import { isNoticeReported, reportedRequests } from '../watching/report-rows.ts'
import type { Session } from './sessions.ts'
import { typedSignIns } from './typed-sign-ins.ts'

const MOST = 50

export async function accountHistory(
  { store, clock, organisation }: Pick<ReportNoticeNeeds, 'store' | 'clock'> & { organisation: { name: string } },
  session: Session,
): Promise<AccountHistory> {
  const user = session.user.id
  const now = clock.now()
  const reported = await reportedRequests(store.read, user)
  const requests = (await latestRequests(store.read, MOST, user)).map((row) => {
    const { id, application, state, reason, createdAt: at, location, client, ip } = shownRequest(row, now)
    // Others were asking when one was reported, and ended with it.
    const isReported = reason === 'not_me' || reported.has(id)
    const reportable = !isReported && now - row.created_at < NOTICE_WINDOW_MS
    return { id, application: application.name, state, at, location, client, ip, reportable, reported: isReported }
  })
  const signIns = await typedSignIns({ read: store.read, organisation: organisation.name, now }, user)
  // That a recovery code was used is said by the sign-in itself, with where and for what.
  const told = (await noticesOf(store.read, [user], MOST)).filter(({ kind }) => kind !== 'recovery-code-used')
  const notices = await Promise.all(told.map((row) => pastNotice(store.read, now, row, session)))
  return { requests, signIns, notices }
}

/** Where a report took nothing away and another one here would not either, it is said that it was reported. */
async function pastNotice(db: Db, now: number, row: NamedNotice, session: Session): Promise<PastNotice> {
  const mayStay = row.reported_at === null && (await mustStay(db, now, row, session))
  return { ...noticeView(row), stays: mayStay && (await isNoticeReported(db, row)) }
}

/** Told twice is told once. @throws {Problem} unknown-request, too-late-to-report */
export async function reportRequest(
  needs: ReportNoticeNeeds,
  { user, session }: { user: UserId; session: string },
  id: string | undefined,
): Promise<void> {
  const known = requestId.safeParse(id)
  if (!known.success) throw new Problem('unknown-request')
  await untilWon<unknown>(async () => {
    if ((await reportedRequests(needs.store.read, user)).has(known.data)) return true
    const row = await requestRow(needs.store.read, known.data)
    if (row?.user_id !== user) throw new Problem('unknown-request')
    if (needs.clock.now() - row.created_at >= NOTICE_WINDOW_MS) throw new Problem('too-late-to-report')
    return reportAll(needs, row, { device: null, session })
  })
}

/** @throws {Problem} unknown-notice, too-late-to-report */
export async function reportOwnNotice(
  needs: ReportNoticeNeeds,
  session: Session,
  id: string | undefined,
): Promise<void> {
  const known = noticeId.safeParse(id)
  const row = known.success ? await noticeById(needs.store.read, known.data) : undefined
  if (row?.user_id !== session.user.id) throw new Problem('unknown-notice')
  await reportNotice(needs, row, { device: null, session })
}
