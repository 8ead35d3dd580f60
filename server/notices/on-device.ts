// What a device was told about the accounts whose tokens it holds.
import type { DeviceId, NoticeId } from '../../protocol/ids.ts'
import type { Notice } from '../../protocol/notices.ts'
import type { PushDocument } from '../../protocol/push-message.ts'
import { holdings, type OnDeviceNeeds, pendingOnDevice } from '../requests/on-device.ts'
import { noticePush } from '../requests/push-document.ts'
import { type NamedNotice, noticeById, noticesOf } from './rows.ts'
import { noticeView, wasTold } from './view.ts'

const MOST_LISTED = 50
/** Some of a user's notices went to other devices only. */
const MOST_READ = 500

/** Newest first. */
export async function noticesOnDevice({ store }: Pick<OnDeviceNeeds, 'store'>, device: DeviceId): Promise<Notice[]> {
  const { users } = await holdings(store.read, device)
  const rows = await noticesOf(store.read, users, MOST_READ)
  return rows
    .filter((row) => wasTold(row, device))
    .slice(0, MOST_LISTED)
    .map(noticeView)
}

/** @returns undefined where this device was not told of it, or holds no token of that user any more */
export async function noticeOnDevice(
  { store }: Pick<OnDeviceNeeds, 'store'>,
  device: DeviceId,
  id: NoticeId,
): Promise<NamedNotice | undefined> {
  const row = await noticeById(store.read, id)
  if (!row || !wasTold(row, device)) return undefined
  const { users } = await holdings(store.read, device)
  return users.includes(row.user_id) ? row : undefined
}

/** What a push says at the moment it is sent. */
export function noticeContent(needs: OnDeviceNeeds & { appOrigin: string }) {
  return async (device: DeviceId, id: NoticeId): Promise<PushDocument | undefined> => {
    const row = await noticeOnDevice(needs, device, id)
    if (!row || row.reported_at !== null) return undefined
    return noticePush(needs.appOrigin, noticeView(row), (await pendingOnDevice(needs, device)).length)
  }
}
