// How things stand, as lines of text: for a colleague who is called at night.
import type { Overview } from '../../../protocol/operator-api/overview.ts'
import { t } from '../../../words/console.ts'
import { localTime } from '../../ui/local-time.ts'
import { needsOf, standingOf, verdictOf } from './needs.ts'

const rounded = (rate: number) => String(Math.round(rate * 10) / 10)

export function summaryOf(data: Overview, organisation: string): string {
  const needs = needsOf(data)
  const { requests, approved, denied, reported, expired, median } = data.now
  const time = localTime(data.since)
  const utc = data.at.slice(0, 16).replace('T', ' ')
  const counts = t('overview.summary.counts', { time, requests, approved, denied, reported, expired })
  const lines = [
    t('overview.summary.head', { organisation, time: localTime(data.at), utc }),
    verdictOf(data, needs),
    ...needs.map((need) => {
      const what = need.says.map(({ text }) => text).join('')
      const more = [
        ...(need.since ? [t('overview.summary.since', { time: localTime(need.since) })] : []),
        ...standingOf(need).map((parts) => parts.map(({ text }) => text).join('')),
      ]
      return `- ${what}${more.length > 0 ? ` (${more.join('; ')})` : ''}`
    }),
    median === null ? `${counts}.` : `${counts}, ${t('overview.summary.half', { seconds: median })}.`,
    `${rateOf(data)}.`,
    `${t('overview.summary.held', { paused: data.paused.count, locked: data.locked.count })}.`,
    ...data.push.map(({ service, delivered, failed }) => {
      const { host } = new URL(service)
      return `${t('overview.summary.push', { service: host, failed, all: delivered + failed })}.`
    }),
    ...fromWhere(data),
    ...(data.certificateDays === null
      ? []
      : [`${t('overview.summary.certificate', { count: data.certificateDays })}.`]),
  ]
  return lines.join('\n')
}

function rateOf({ perMinute, usualPerMinute }: Overview): string {
  const now = rounded(perMinute)
  if (usualPerMinute === null) return t('overview.summary.rate', { now })
  return t('overview.summary.rateUsual', { now, usual: rounded(usualPerMinute) })
}

function fromWhere({ networks, applications }: Overview): string[] {
  const list = [
    ...networks.map(({ network, requests }) => `${network} ${requests}`),
    ...applications.map(({ name, requests }) => `${name} ${requests}`),
  ]
  return list.length === 0 ? [] : [`${t('overview.summary.networks', { list: list.join(', ') })}.`]
}
