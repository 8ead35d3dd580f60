// Reports as an inbox: who has taken one, what they found, and when it was closed.
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import type { ReportList, ReportShown, ReportView } from '../../protocol/operator-api/reports.ts'
import { Problem } from '../../protocol/problems.ts'
import { HELP_DESK } from '../applications/built-in.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { type ExternalDirectory, isPasswordElsewhere } from '../directory/external.ts'
import { isAddition } from '../notices/rows.ts'
import { deviceNameIn } from '../notices/view.ts'
import { openOf, openView } from '../passcodes/temporary-rows.ts'
import { requestRow } from '../requests/rows.ts'
import type { RequestRow } from '../requests/state.ts'
import { paged, timeIn } from '../store/cursor.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { untilWon } from '../store/until-won.ts'
import { countedNetwork } from '../throttling/address.ts'
import { readThrottle } from '../throttling/throttle.ts'
import type { Blocks } from './blocks.ts'
import { contextOf, lookedSince, requestsAround, requestsFrom, shownRequest } from './live.ts'
import { type NamedReport, openReports, type ReportRow, reportById, reportsIn, updateReport } from './report-rows.ts'
import { triesFrom } from './tries-from.ts'
import { typedSignInAt } from './typed-sign-ins.ts'

type Needs = { store: Store; clock: Clock }
type ShowNeeds = Needs & { blocks: Blocks; external?: ExternalDirectory | undefined }
type Note = { at: string; by: string; text: string }

function view(row: NamedReport): ReportView {
  return {
    id: row.id,
    version: row.version,
    state: row.state,
    at: timestamp(row.at),
    user: { id: row.user_id, username: row.username, displayName: row.display_name },
    application: row.application_id === '' ? null : { id: row.application_id, name: row.application_name ?? '' },
    notice: noticeOf(row),
    signIn: row.sign_in ?? null,
    caller: row.application_id === HELP_DESK,
    redeemed: row.redeemed === 1,
    mistake: row.mistake === 1,
    takenAt: timeOrNull(row.taken_at),
    takenBy: row.taken_by,
    closedAt: timeOrNull(row.closed_at),
    closedBy: row.closed_by,
  }
}

function noticeOf({ notice_id, notice_kind, notice_detail, notice_reported_at }: NamedReport): ReportView['notice'] {
  if (!notice_id) return null
  // Forgotten meanwhile, or its person was removed.
  if (notice_kind === null || notice_detail === null) return { kind: 'unknown', device: null, stays: false }
  const stays = isAddition(notice_kind) && notice_reported_at === null
  return { kind: notice_kind, device: deviceNameIn({ detail: notice_detail }) ?? null, stays }
}

const PAGE = 100
type Asked = { state?: ReportRow['state'] | undefined; cursor?: string | undefined }

/** Newest first. @throws {Problem} invalid where the cursor is not one of ours */
export async function listReports({ store }: Needs, { state = 'open', cursor }: Asked = {}): Promise<ReportList> {
  const { rows, next } = paged(await reportsIn(store.read, state, PAGE + 1, timeIn(cursor)), PAGE, ({ at }) => at)
  return { reports: rows.map(view), open: await openReports(store.read), next }
}

async function known(db: Db, id: string): Promise<NamedReport> {
  const row = await reportById(db, id)
  if (!row) throw new Problem('unknown-report')
  return row
}

/** With everything that is needed to act. @throws {Problem} unknown-report */
export async function showReport(needs: ShowNeeds, id: string): Promise<ReportShown> {
  const { store, clock, blocks } = needs
  const { read } = store
  const now = clock.now()
  const row = await known(read, id)
  const request = row.request_id === '' ? undefined : await requestRow(read, row.request_id)
  const from = await fromOf(read, row, request)
  const ip = from?.ip ?? undefined
  const { push_paused_until: paused } = await readThrottle(read, row.user_id)
  const blocked = ip === undefined ? undefined : await blocks.of(ip)
  const shown = (seen: Parameters<typeof shownRequest>[0]) => shownRequest(seen, now)
  const tries = ip === undefined ? undefined : await triesFrom(read, ip, row.at)
  const since = ip === undefined ? [] : [await lookedSince(read, row.at), tries?.since].filter((at) => at != null)
  return {
    ...view(row),
    request: request ? shown(request) : null,
    from,
    ofPerson: (await requestsAround(read, row.user_id, row.at)).map(shown),
    fromAddress: ip === undefined ? [] : (await requestsFrom(read, ip, row.at)).map(shown),
    triesFromAddress: tries?.tries ?? [],
    fromAddressSince: since.length === 0 ? null : timestamp(Math.max(...since)),
    ended: row.ended ? (JSON.parse(row.ended) as ReportShown['ended']) : null,
    devices: await devicesOf(read, row.user_id),
    temporaryPasscodes: (await openOf(read, row.user_id, now)).map(openView),
    hasPassword: row.password_hash !== null,
    passwordElsewhere: isPasswordElsewhere(needs.external, row),
    pushPausedUntil: paused > now ? timestamp(paused) : null,
    addressBlocked: blocked ? { address: blocked.address, until: timestamp(blocked.until) } : null,
    notes: JSON.parse(row.notes) as Note[],
  }
}

async function fromOf(db: Db, row: NamedReport, request: RequestRow | undefined): Promise<ReportShown['from']> {
  if (request) {
    const { ip = null, location = null } = contextOf(request)
    return fromWhere(request.created_at, ip, location)
  }
  const signIn = row.entry ? await typedSignInAt(db, Number(row.entry), row.user_id) : undefined
  return signIn ? fromWhere(signIn.at, signIn.ip, signIn.location) : null
}

const fromWhere = (at: number, ip: string | null, location: string | null) => ({
  at: timestamp(at),
  ip,
  network: ip === null ? null : countedNetwork(ip),
  location,
})

function devicesOf(db: Db, user: NamedReport['user_id']) {
  return db
    .selectFrom('tokens')
    .innerJoin('devices', 'devices.id', 'tokens.device_id')
    .select(['devices.id', 'devices.name'])
    .distinct()
    .where('tokens.user_id', '=', user)
    .where('tokens.state', '!=', 'revoked')
    .where('devices.state', '=', 'active')
    .orderBy('devices.name')
    .execute()
}

type Change = {
  kind: 'report-taken' | 'report-noted' | 'report-closed'
  changes: Partial<ReportRow>
  detail?: Record<string, unknown>
}

/** @throws {Problem} unknown-report, changed-meanwhile */
async function change(
  { store, clock }: Needs,
  { id, version }: { id: string; version: number },
  work: (row: NamedReport, now: number) => Change,
  by: Actor,
): Promise<ReportView> {
  const row = await known(store.read, id)
  const { kind, changes, detail = {} } = work(row, clock.now())
  await store.write(async (tx) => {
    if (!(await updateReport(tx, { id, version }, changes))) throw new Problem('changed-meanwhile')
    const { user_id: user } = row
    const request = row.request_id || null
    await record(tx, { at: clock.now(), kind, user, request, by, detail: { report: id, ...detail } })
  })
  return view(await known(store.read, id))
}

export function takeReport(needs: Needs, seen: { id: string; version: number }, by: Actor): Promise<ReportView> {
  return change(
    needs,
    seen,
    (_row, now) => ({ kind: 'report-taken', changes: { taken_at: now, taken_by: by.name } }),
    by,
  )
}

/** Two notes at once are both kept. */
export function noteReport(needs: Needs, { id, text }: { id: string; text: string }, by: Actor): Promise<ReportView> {
  return untilWon(async () => {
    const { version } = await known(needs.store.read, id)
    try {
      const noted = (row: NamedReport, now: number): Change => ({
        kind: 'report-noted',
        changes: { notes: withNote(row, { at: timestamp(now), by: by.name, text }) },
        detail: { note: text },
      })
      return await change(needs, { id, version }, noted, by)
    } catch (error) {
      if (error instanceof Problem && error.slug === 'changed-meanwhile') return undefined
      throw error
    }
  })
}

export function closeReport(
  needs: Needs,
  { id, version, note }: { id: string; version: number; note?: string | undefined },
  by: Actor,
): Promise<ReportView> {
  const closed = (row: NamedReport, now: number): Change => ({
    kind: 'report-closed',
    changes: {
      state: 'closed',
      closed_at: now,
      closed_by: by.name,
      ...(note !== undefined && { notes: withNote(row, { at: timestamp(now), by: by.name, text: note }) }),
    },
    detail: note === undefined ? {} : { note },
  })
  return change(needs, { id, version }, closed, by)
}

const withNote = ({ notes }: NamedReport, note: Note) => JSON.stringify([...(JSON.parse(notes) as Note[]), note])
