// What each chart shows, as numbers that a table can show too.
import type { Charts } from '../../../protocol/operator-api/overview.ts'
import { t } from '../../../words/console.ts'

export type Drawing = {
  kind: 'bar' | 'line'
  labels: readonly string[]
  /** `colour` is a variable of the design tokens */
  series: readonly { label: string; values: readonly (number | null)[]; colour: string }[]
}
export type Figure = Drawing & { id: string; title: string; first: string }

export function figuresOf({ step, buckets, push }: Charts): Figure[] {
  /** A day's hours need no date, and days of weeks no year. */
  const labels = buckets.map(({ label }) => (step === 'hour' ? label.slice(11) : label.slice(5)))
  const of = (name: 'approved' | 'denied' | 'reported' | 'expired' | 'median' | 'p95' | 'activated') =>
    buckets.map((bucket) => bucket[name])
  const first = t('overview.chart.when')
  return [
    {
      id: 'outcome',
      title: t('overview.chart.outcome'),
      kind: 'bar',
      first,
      labels,
      series: [
        { label: t('overview.row.approved'), values: of('approved'), colour: '--success' },
        { label: t('overview.row.denied'), values: of('denied'), colour: '--danger' },
        { label: t('overview.row.expired'), values: of('expired'), colour: '--line-control' },
      ],
    },
    {
      id: 'time',
      title: t('overview.chart.time'),
      kind: 'line',
      first,
      labels,
      series: [
        { label: t('overview.chart.half'), values: of('median'), colour: '--accent' },
        { label: t('overview.chart.most'), values: of('p95'), colour: '--warning' },
      ],
    },
    {
      id: 'denials',
      title: t('overview.chart.denials'),
      kind: 'bar',
      first,
      labels,
      series: [
        { label: t('overview.row.denied'), values: of('denied'), colour: '--warning' },
        { label: t('overview.row.reported'), values: of('reported'), colour: '--danger' },
      ],
    },
    {
      id: 'push',
      title: t('overview.chart.push'),
      kind: 'bar',
      first: t('overview.chart.service'),
      labels: push.map(({ service }) => new URL(service).host),
      series: [
        { label: t('overview.chart.delivered'), values: push.map(({ delivered }) => delivered), colour: '--success' },
        { label: t('overview.chart.failed'), values: push.map(({ failed }) => failed), colour: '--danger' },
      ],
    },
    {
      id: 'adoption',
      title: t('overview.chart.adoption'),
      kind: 'bar',
      first,
      labels,
      series: [{ label: t('overview.chart.devices'), values: of('activated'), colour: '--accent' }],
    },
  ]
}

export const isEmpty = ({ series }: Drawing) => series.every(({ values }) => values.every((value) => !value))
