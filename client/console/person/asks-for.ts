// What a token asks for, in a line.
import type { TokenEntry } from '../../../protocol/operator-api/tokens.ts'
import { t } from '../../../words/console.ts'

export function asksFor({ unlock, approval, numberMatching, numberDigits }: TokenEntry): string {
  const asked = [
    ...(numberMatching ? [t('person.asksNumber', { digits: numberDigits })] : []),
    ...(unlock === 'none' ? [] : [t('person.asksUnlock')]),
  ]
  if (asked.length > 0) return asked.join(', ')
  return t(approval === 'enhanced' ? 'person.asksEnhanced' : 'person.asksNothing')
}
