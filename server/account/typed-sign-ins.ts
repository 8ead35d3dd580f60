// Sign-ins in a person's name that asked no device, and 'It wasn't me!' about them: whoever was talked out of a password
// and a code has every sign-in ended, and the organisation hears of it.
import type { PastSignIn } from '../../protocol/account-api.ts'
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { NOTICE_WINDOW_MS } from '../../protocol/notices.ts'
import { Problem } from '../../protocol/problems.ts'
import { accountApplication } from '../applications/account.ts'
import { ACCOUNT } from '../applications/built-in.ts'
import { raise } from '../audit/record.ts'
import { withdrawAll } from '../requests/withdraw.ts'
import type { Db } from '../store/schema.ts'
import { fileReport } from '../watching/file-report.ts'
import type { ReportNoticeNeeds } from '../watching/report-notice.ts'
import { typedSignInAt, typedSignInsOf } from '../watching/typed-sign-ins.ts'

/** Newest first. */
export async function typedSignIns(
  { read, organisation, now }: { read: Db; organisation: string; now: number },
  user: UserId,
): Promise<PastSignIn[]> {
  const signIns = await typedSignInsOf(read, user)
  const names = await namesOf(read, organisation, [...new Set(signIns.map(({ application }) => application))])
  const reported = await reportedBy(read, user)
  return signIns.map(({ position, at, application, ...rest }) => ({
    id: String(position),
    at: timestamp(at),
    application: names.get(application) ?? null,
    ...rest,
    reportable: !reported.has(position) && now - at < NOTICE_WINDOW_MS,
    reported: reported.has(position),
  }))
}

async function namesOf(db: Db, organisation: string, ids: readonly ApplicationId[]) {
  const own = [ACCOUNT, accountApplication(organisation).name] as const
  if (ids.length === 0) return new Map([own])
  const rows = await db.selectFrom('applications').select(['id', 'name']).where('id', 'in', ids).execute()
  return new Map([own, ...rows.map(({ id, name }) => [id, name] as const)])
}

async function reportedBy(db: Db, user: UserId): Promise<Set<number>> {
  const rows = await db
    .selectFrom('reports')
    .select('entry')
    .where('user_id', '=', user)
    .where('entry', 'is not', null)
    .execute()
  return new Set(rows.map(({ entry }) => Number(entry)))
}

/** Told twice is told once. @throws {Problem} unknown-request, too-late-to-report */
export async function reportTypedSignIn(
  needs: ReportNoticeNeeds,
  { user, session }: { user: UserId; session: string },
  id: string | undefined,
): Promise<void> {
  const { store, clock } = needs
  const now = clock.now()
  const signIn = /^\d{1,15}$/.test(id ?? '') ? await typedSignInAt(store.read, Number(id), user) : undefined
  if (!signIn) throw new Problem('unknown-request')
  if (now - signIn.at >= NOTICE_WINDOW_MS) throw new Problem('too-late-to-report')
  const { position, application, by, ip, location } = signIn
  await withdrawAll(needs, user, async (tx, announce) => {
    if ((await reportedBy(tx, user)).has(position)) return
    const context = { ...(ip !== null && { ip }), ...(location !== null && { location }) }
    await raise(tx, { at: now, kind: 'report', user, application, detail: { what: by, redeemed: true, context } })
    const about = { at: now, user_id: user, request_id: '', device_id: '', application_id: application } as const
    const what = { ...about, entry: position, sign_in: by, redeemed: 1, mistake: 0 }
    await fileReport(tx, { ...needs, announce }, what, { session, happened: signIn.at })
  })
}
