// What a person is told about a refused or lost call.
import { t } from '../../words/login.ts'
import { Refusal } from './conversation.ts'
import { pushText } from './push-text.ts'

const BECAUSE = {
  network: 'login.refused.place',
  country: 'login.refused.place',
  hours: 'login.refused.hours',
  unlock: 'login.push.unlock',
  risk: 'login.push.risk',
} as const

/** @param mayType whether a passcode may be typed instead */
export function refusalText(error: unknown, mayType = true): string {
  if (!(error instanceof Refusal)) return t('problem.unreachable')
  switch (error.slug) {
    case 'wrong-credentials':
      return t('login.wrong')
    case 'not-permitted-here':
      return t('login.notHere')
    case 'wrong-passcode':
      return t('login.passcode.wrong')
    case 'invalid':
      return t('login.passcode.shape')
    case 'passcodes-locked':
      return t('login.passcode.locked')
    case 'address-blocked':
      return t('login.blocked')
    case 'refused-by-policy':
      return t(BECAUSE[error.because as keyof typeof BECAUSE] ?? 'login.refused')
    case 'push-paused':
      return pushText('paused', mayType)
    case 'no-token':
      return t('login.push.no-token')
    case 'too-many-requests':
      return error.call === 'push' ? pushText('tooMany', mayType) : t('problem.too-many-requests')
    case 'unavailable':
    case 'directory-unreachable':
    case 'internal':
      return t('problem.unavailable')
    default:
      return t('problem.unknown')
  }
}
