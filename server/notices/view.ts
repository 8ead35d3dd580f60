// A notice as devices see it, in a list and in a push.
import type { DeviceId } from '../../protocol/ids.ts'
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import { NOTICE_WINDOW_MS, type Notice } from '../../protocol/notices.ts'
import type { NamedNotice, NoticeRow } from './rows.ts'

export function noticeView(row: NamedNotice): Notice {
  return {
    id: row.id,
    kind: row.kind,
    username: row.username,
    at: timestamp(row.at),
    device: row.device_id === null ? null : { id: row.device_id, name: deviceNameIn(row) ?? '' },
    reportableUntil: timestamp(row.at + NOTICE_WINDOW_MS),
    reportedAt: timeOrNull(row.reported_at),
  }
}

export function deviceNameIn({ detail }: Pick<NoticeRow, 'detail'>): string | undefined {
  return (JSON.parse(detail) as { name?: string }).name
}

const OF_A_TOKEN: ReadonlySet<NoticeRow['kind']> = new Set([
  'token-suspended',
  'token-resumed',
  'token-removed',
  'device-removed',
])

/**
 * All that a device hears which holds nothing but suspended tokens of somebody. Attack stopped: a stolen phone that is
 * suspended, or one that nobody has confirmed, takes the new one away by ‘It wasn’t me!’.
 */
export function isOfItself({ kind, device_id }: Pick<NoticeRow, 'kind' | 'device_id'>, device: DeviceId): boolean {
  return device_id === device && OF_A_TOKEN.has(kind)
}

/** Attack stopped: a device that was added meanwhile reports the one that was here before it. */
export function wasTold({ told }: Pick<NoticeRow, 'told'>, device: DeviceId): boolean {
  return (JSON.parse(told) as DeviceId[]).includes(device)
}
