// What a person can do about notifications that do not come.
import { t } from '../../../words/app.ts'
import type { NotificationState } from './notifications-store.ts'

export function mendingText(state: NotificationState): string | undefined {
  if (state === 'blocked') return t(isInstalled() ? 'notifications.blockedInstalled' : 'notifications.blocked')
  if (state === 'slow') return t('notifications.slow')
  if (state === 'unsupported') return t('notifications.unsupported')
  return undefined
}

/** Opened as an app of its own, without the browser's frame. */
export function isInstalled(): boolean {
  return matchMedia('(display-mode: standalone)').matches
}
