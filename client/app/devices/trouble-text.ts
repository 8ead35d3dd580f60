// Why something about a device didn't go.
import { t } from '../../../words/devices.ts'
import { isRefusal } from '../../device/index.ts'
import { refusalText } from '../refusal-text.ts'
import { UnlockFailure } from '../unlock/unlock-fault.ts'

export function troubleText(error: unknown): string {
  if (error instanceof UnlockFailure) return unlockText(error)
  if (isRefusal(error, 'wrong-passcode')) return t('devices.wrongPasscode')
  if (isRefusal(error, 'passcodes-locked')) return t('devices.locked')
  if (isRefusal(error, 'token-inactive')) return t('devices.inactive')
  if (isRefusal(error, 'unknown-token')) return t('devices.gone')
  if (isRefusal(error, 'added-too-recently')) return t('devices.tooNew')
  if (isRefusal(error, 'too-late-to-report', 'unknown-notice')) return t('devices.tooLate')
  return refusalText(error)
}

function unlockText({ fault }: UnlockFailure): string {
  if (fault === 'gone') return t('devices.unlockGone')
  return t(fault === 'cancelled' ? 'devices.unlockCancelled' : 'devices.unlockFailed')
}
