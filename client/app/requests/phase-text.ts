// What to say while a decision is on its way, and when it came back.
import { t } from '../../../words/requests.ts'
import type { Phase } from './decision-flow.ts'

export function progressText(phase: Phase): string | undefined {
  if (phase.at === 'unlocking') return t('request.unlocking')
  if (phase.at !== 'sending') return undefined
  if (phase.retrying) return t('request.retrying')
  return t(phase.verdict === 'report' ? 'outcome.reporting' : 'request.sending')
}

export function troubleText(phase: Phase): string | undefined {
  const trouble = phase.at === 'asking' || phase.at === 'ended' ? phase.trouble : undefined
  switch (trouble?.kind) {
    case 'wrong-number':
      return t('request.wrongNumber', { count: trouble.triesLeft })
    case 'wrong-passcode':
      return t('request.wrongPasscode', { count: trouble.triesLeft })
    case 'unlock':
      return t(`unlock.${trouble.fault}`)
    case 'storage':
      return t(trouble.fault === 'full' ? 'request.storageFull' : 'request.storage')
    case 'refused':
      return t('problem.unknown')
    default:
      return undefined
  }
}
