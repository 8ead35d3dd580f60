// How long ago, in the words a person would use.
import { t } from '../../../words/app.ts'

export function elapsed(sinceMs: number): string {
  const seconds = Math.max(0, Math.floor(sinceMs / 1000))
  if (seconds < 5) return t('when.now')
  if (seconds < 60) return t('when.seconds', { count: seconds })
  return t('when.minutes', { count: Math.floor(seconds / 60) })
}
