import { t } from '../../../words/enrol.ts'
import { isRefusal } from '../../device/index.ts'
import { refusalText } from '../refusal-text.ts'

/** Why a token could not be added, and what to do about it. */
export function finishTrouble(error: unknown): string {
  if (isRefusal(error, 'unknown-code')) return t('enrol.badCode')
  if (isRefusal(error, 'too-many-devices')) return t('enrol.tooMany')
  if (isRefusal(error, 'wrong-credentials')) return t('enrol.wrongPassword')
  if (isRefusal(error, 'wrong-passcode')) return t('enrol.wrongPasscode')
  return refusalText(error)
}
