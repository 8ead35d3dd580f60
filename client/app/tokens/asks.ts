// What a token asks of its person, in sentences.
import type { TokenPolicy } from '../../../protocol/login-request.ts'
import { t } from '../../../words/app.ts'

export function asksOf(policy: Omit<TokenPolicy, 'otp'>): string[] {
  const press = policy.approval === 'enhanced' ? 'enrol.you.asksNotification' : 'enrol.you.asksPress'
  return [
    t(press),
    ...(policy.numberMatching ? [t('enrol.you.asksNumber', { count: policy.numberDigits })] : []),
    ...(policy.unlock === 'webauthn' ? [t('enrol.you.asksUnlock')] : []),
  ]
}
