// What a token asks for, in a line.
import type { TokenEntry } from '../../../protocol/operator-api/tokens.ts'
import { t } from '../../../words/console.ts'

export function asksFor({ unlock, approval, numberMatching, numberDigits }: TokenEntry): string {
  if (numberMatching) return t(unlock === 'none' ? 'person.asksNumber' : 'person.asksBoth', { digits: numberDigits })
  if (unlock !== 'none') return t('person.asksUnlock')
  return t(approval === 'enhanced' ? 'person.asksEnhanced' : 'person.asksNothing')
}
