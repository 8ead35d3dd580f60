// The queries of reports.
import { sql } from 'kysely'
import { newId, type RandomBytes, type UserId } from '../../protocol/ids.ts'
import type { NoticesTable } from '../store/account-tables.ts'
import type { PlaceInTime } from '../store/cursor.ts'
import type { Db } from '../store/schema.ts'
import type { ReportsTable } from '../store/watch-tables.ts'

export type ReportRow = ReportsTable

/** With who it is about, as they are called now. */
const named = (db: Db) =>
  db
    .selectFrom('reports')
    .leftJoin('users', 'users.id', 'reports.user_id')
    .leftJoin('applications', 'applications.id', 'reports.application_id')
    .leftJoin('notices', 'notices.id', 'reports.notice_id')
    .selectAll('reports')
    .select([
      'users.username',
      'users.display_name',
      'users.password_hash',
      'users.external_id',
      'applications.name as application_name',
    ])
    .select([
      'notices.kind as notice_kind',
      'notices.detail as notice_detail',
      'notices.reported_at as notice_reported_at',
    ])

export type NamedReport = Awaited<ReturnType<typeof reportById>> & object

/** Newest first. @param after the last that was shown */
export function reportsIn(db: Db, state: ReportRow['state'], most: number, after?: PlaceInTime) {
  const all = named(db).where('reports.state', '=', state)
  const following = after
    ? all
        // Says what the next line says too, so that the index is entered where the page begins.
        .where('reports.at', '<=', after.at)
        .where((e) => e.or([e('reports.at', '<', after.at), e('reports.id', '<', after.id)]))
    : all
  return following.orderBy('reports.at', 'desc').orderBy('reports.id', 'desc').limit(most).execute()
}

export function reportById(db: Db, id: string) {
  return named(db).where('reports.id', '=', id).executeTakeFirst()
}

/** Those of a person's requests that were said not to be theirs. */
export async function reportedRequests(db: Db, user: UserId): Promise<Set<string>> {
  const rows = await db.selectFrom('reports').select('request_id').where('user_id', '=', user).execute()
  return new Set(rows.map(({ request_id }) => request_id))
}

/** Whether there is a report of it; of one whose device stayed there may be another. */
export async function isNoticeReported(db: Db, { id, user_id: user }: Pick<NoticesTable, 'id' | 'user_id'>) {
  const found = await db
    .selectFrom('reports')
    .select('id')
    .where('user_id', '=', user)
    .where('notice_id', '=', id)
    .executeTakeFirst()
  return found !== undefined
}

export async function openReports(db: Db): Promise<number> {
  const counted = await db
    .selectFrom('reports')
    .select((e) => e.fn.countAll<number>().as('open'))
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow()
  return Number(counted.open)
}

/** As it stands before anybody has dealt with it. */
const UNTOUCHED = {
  version: 1,
  state: 'open',
  taken_at: null,
  taken_by: null,
  closed_at: null,
  closed_by: null,
  notes: '[]',
} as const

export type NewReport = Omit<ReportRow, 'id' | keyof typeof UNTOUCHED>

export async function openReport(tx: Db, random: RandomBytes, about: NewReport): Promise<void> {
  await tx
    .insertInto('reports')
    .values({ id: newId('rep', random), ...UNTOUCHED, ...about })
    .execute()
}

/** @param seen undefined: whatever its version @returns false where another change came first */
export async function updateReport(
  tx: Db,
  { id, version }: { id: string; version: number | undefined },
  changes: Partial<ReportRow>,
): Promise<boolean> {
  const update = tx
    .updateTable('reports')
    .set({ ...changes, version: sql<number>`version + 1` })
    .where('id', '=', id)
  const seen = version === undefined ? update : update.where('version', '=', version)
  return (await seen.executeTakeFirstOrThrow()).numUpdatedRows === 1n
}
