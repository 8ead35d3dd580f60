// What a token asks of its person, in sentences.
import type { TokenPolicy } from '../../../protocol/login-request.ts'
import { t } from '../../../words/tokens.ts'

export function asksOf(policy: Omit<TokenPolicy, 'otp'>): string[] {
  const press = policy.approval === 'enhanced' ? 'asks.notification' : 'asks.press'
  return [
    t(press),
    ...(policy.numberMatching ? [t('asks.number', { count: policy.numberDigits })] : []),
    ...(policy.unlock === 'webauthn' ? [t('asks.unlock')] : []),
  ]
}
