// What a device was told about the accounts whose tokens it holds, and what it says of that.
import type { DeviceId, NoticeId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { Notice } from '../../protocol/notices.ts'
import { Problem } from '../../protocol/problems.ts'
import type { PushDocument } from '../../protocol/push-message.ts'
import { type NamedNotice, noticeById, noticesOf } from '../notices/rows.ts'
import { isOfItself, noticeView, wasTold } from '../notices/view.ts'
import type { Db } from '../store/schema.ts'
import { type ReportNoticeNeeds, reportNotice } from '../watching/report-notice.ts'
import { type Holdings, holdings } from './holdings.ts'
import { noticePush } from './push-document.ts'
import { type OnDeviceNeeds, pendingOnDevice } from './requests.ts'

const MOST_LISTED = 50
/** Some of a user's notices went to other devices only. */
const MOST_READ = 500

/** Newest first. */
export async function noticesOnDevice({ store }: Pick<OnDeviceNeeds, 'store'>, device: DeviceId): Promise<Notice[]> {
  const held = await holdings(store.read, device)
  const rows = await noticesOf(store.read, held.users, MOST_READ)
  return rows
    .filter((row) => maySee(row, device, held))
    .slice(0, MOST_LISTED)
    .map(noticeView)
}

/** @returns undefined where this device was not told of it, or holds no token of that user any more */
export async function noticeOnDevice(
  { store }: Pick<OnDeviceNeeds, 'store'>,
  device: DeviceId,
  id: NoticeId,
): Promise<NamedNotice | undefined> {
  return (await looked(store.read, device, id))?.row
}

/**
 * By a device that can approve for that person; told twice is told once.
 * @throws {Problem} unknown-notice, token-inactive, too-late-to-report
 */
export async function reportOnDevice(needs: ReportNoticeNeeds, device: DeviceId, id: NoticeId): Promise<void> {
  const found = await looked(needs.store.read, device, id)
  if (!found) throw new Problem('unknown-notice')
  if (!found.held.trusted.includes(found.row.user_id)) throw new Problem('token-inactive')
  await reportNotice(needs, found.row, { device })
}

async function looked(
  db: Db,
  device: DeviceId,
  id: NoticeId,
): Promise<{ row: NamedNotice; held: Holdings } | undefined> {
  const row = await noticeById(db, id)
  if (!row) return undefined
  const held = await holdings(db, device)
  return maySee(row, device, held) ? { row, held } : undefined
}

function maySee(row: NamedNotice, device: DeviceId, { users, trusted }: Holdings): boolean {
  if (!wasTold(row, device)) return false
  return trusted.includes(row.user_id) || (users.includes(row.user_id) && isOfItself(row, device))
}

/** It can't be asked for any more by the device that it says is gone. */
const lastNotice = (row: NamedNotice | undefined, device: DeviceId) =>
  row?.kind === 'device-removed' && row.device_id === device && wasTold(row, device) ? row : undefined

const beyondReport = (row: NamedNotice): Notice => ({ ...noticeView(row), reportableUntil: timestamp(row.at) })

/** What a push says at the moment it is sent. */
export function noticeContent(needs: OnDeviceNeeds & { appOrigin: string }) {
  return async (device: DeviceId, id: NoticeId): Promise<PushDocument | undefined> => {
    const { read } = needs.store
    const taken = lastNotice(await noticeById(read, id), device)
    const row = taken ?? (await noticeOnDevice(needs, device, id))
    if (!row || row.reported_at !== null) return undefined
    const badge = (await pendingOnDevice(needs, device)).length
    return noticePush(needs.appOrigin, taken ? beyondReport(taken) : noticeView(row), badge)
  }
}
