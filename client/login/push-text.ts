// Why a push does not come, and what else there is: a passcode is offered only where one may be typed.
import type { SignInView } from '../../protocol/login-api.ts'
import { t } from '../../words/login.ts'
import { timeFrom } from '../ui/local-time.ts'

export const pushText = (trouble: 'paused' | 'failed' | 'tooMany', mayType: boolean): string =>
  t(mayType ? `login.push.${trouble}` : `login.push.${trouble}Only`)

/** @returns undefined where a push may be asked for */
export function closedText({ push }: Extract<SignInView, { push: unknown }>, mayType: boolean): string | undefined {
  if (push.available) return undefined
  if (push.why !== 'push-paused') return t(`login.push.${push.why}`)
  const time = timeFrom(new Date(), push.until)
  return t(mayType ? 'login.push.pausedUntil' : 'login.push.pausedUntilOnly', { time })
}
