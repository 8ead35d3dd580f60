// Why a push does not come, and what else there is: a passcode is offered only where one may be typed.
import { t } from '../../words/login.ts'

export const pushText = (trouble: 'paused' | 'failed' | 'tooMany', mayType: boolean): string =>
  t(mayType ? `login.push.${trouble}` : `login.push.${trouble}Only`)
