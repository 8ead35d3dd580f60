// What is said of a webhook in a line.
import type { DeliveryView, WebhookView } from '../../../protocol/operator-api/webhooks.ts'
import { t } from '../../../words/console.ts'
import { localTime } from '../../ui/local-time.ts'
import { kindText } from '../audit/about.ts'

export function stateText({ state, failingSince }: WebhookView): string {
  if (state === 'on' && failingSince !== null) return t('webhooks.failingSince', { time: localTime(failingSince) })
  return t(`webhooks.${state}`)
}

export function kindsText({ kinds }: WebhookView): string {
  if (kinds.length === 0) return t('webhooks.kinds.alarms')
  return kinds.includes('*') ? t('webhooks.kinds.everything') : kinds.map(kindText).join(', ')
}

/** 204, ECONNREFUSED … */
export function answerText({ status, error, attempts }: DeliveryView): string {
  if (attempts === 0) return '–'
  return `${status ?? error ?? t('webhook.noAnswer')} · ${t('webhook.tries', { count: attempts })}`
}
