// How things stand.
import { chartsCall, chartsView, overviewCall, overviewView } from '../../../protocol/operator-api/overview.ts'
import { charts } from '../../watching/charts.ts'
import { overview } from '../../watching/overview.ts'
import { act } from '../act.ts'
import { table } from '../typed/table.ts'

export const overviewActs = [
  act({
    name: 'overview.show',
    http: ['GET', '/overview'],
    summary: 'shows how things stand: who needs help, whether there is an attack, whether pushes arrive',
    input: overviewCall,
    output: overviewView,
    every: 5000,
    cli: {
      name: 'overview',
      operands: [],
      lines: ({ now, reports, paused, locked }) => [
        `${now.requests} sign-ins asked, ${now.approved} approved, ${now.denied} denied, ${now.expired} without an answer.`,
        `${reports.open} open reports, ${paused.count} people paused, ${locked.count} locked.`,
      ],
    },
    run: (parts, { since }) => overview(parts, since === undefined ? undefined : Date.parse(since)),
  }),
  act({
    name: 'overview.charts',
    http: ['GET', '/overview/charts'],
    summary: 'shows counts over time: by the hour for a day, by the day for a week or four',
    input: chartsCall,
    output: chartsView,
    cli: {
      name: 'charts',
      operands: [],
      options: {
        days: { value: '1|7|28', about: 'how far back; 1 if absent' },
        zone: { value: 'Europe/Amsterdam', about: 'by whose clock hours and days begin; UTC if absent' },
      },
      lines: ({ buckets }) =>
        table([
          ['', 'asked', 'approved', 'denied', 'reported', 'expired'],
          ...buckets.map(({ label, requests, approved, denied, reported, expired }) => [
            label,
            ...[requests, approved, denied, reported, expired].map(String),
          ]),
        ]),
    },
    run: (parts, { days, zone }) => charts(parts, { days: Number(days) as 1 | 7 | 28, zone }),
  }),
]
