import { t } from '../../../words/settings.ts'
import type { NotificationState } from '../notifications/notifications-store.ts'

const KEYS = {
  on: 'settings.notificationsOn',
  off: 'settings.notificationsOff',
  slow: 'settings.notificationsOff',
  blocked: 'settings.notificationsBlocked',
  unsupported: 'settings.notificationsUnsupported',
  unknown: 'settings.notificationsUnknown',
} as const satisfies Record<NotificationState, string>

export function notificationsText(state: NotificationState): string {
  return t(KEYS[state])
}
