// How long data is kept.
import { changeRetentionCall, type RetentionTimes, retentionView } from '../../../protocol/operator-api/retention.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import { changeRetention, retention } from '../../retention/times.ts'
import { act } from '../act.ts'
import type { Given } from '../typed/option.ts'
import { table } from '../typed/table.ts'

const OPTIONS = {
  requests: 'sign-in requests that are over',
  reports: 'reports that are closed',
  'audit-detail': 'what names people in the audit log',
  audit: 'the audit log itself',
  deliveries: 'what was sent to webhooks',
} as const
const options = Object.fromEntries(
  Object.entries(OPTIONS).map(([name, about]) => [name, { value: 'DAYS|forever', about }]),
)

const daysOf = (value: Given[string]) => (value === undefined ? undefined : value === 'forever' ? null : Number(value))
const said = (days: number | null) => (days === null ? 'for ever' : `${days} days`)
const lines = ({ requests, reports, auditDetail, audit, deliveries }: RetentionTimes) =>
  table([
    [OPTIONS.requests, said(requests)],
    [OPTIONS.reports, said(reports)],
    [OPTIONS['audit-detail'], said(auditDetail)],
    [OPTIONS.audit, said(audit)],
    [OPTIONS.deliveries, said(deliveries)],
  ])

export const retentionActs = [
  act({
    name: 'retention.show',
    http: ['GET', '/retention'],
    summary: 'shows how long data is kept',
    input: nothing,
    output: retentionView,
    cli: { name: 'retention show', operands: [], lines },
    run: ({ store }) => retention(store.read),
  }),
  act({
    name: 'retention.change',
    http: ['PATCH', '/retention'],
    summary: 'changes how long data is kept; anything older is deleted within minutes',
    input: changeRetentionCall,
    output: retentionView,
    dangerous: true,
    versioned: true,
    cli: {
      name: 'retention change',
      operands: [],
      options,
      input: async (given, { store }) => ({
        version: (await retention(store.read)).version,
        requests: daysOf(given.requests),
        reports: daysOf(given.reports),
        auditDetail: daysOf(given['audit-detail']),
        audit: daysOf(given.audit),
        deliveries: daysOf(given.deliveries),
      }),
      lines,
    },
    run: (parts, asked, by) => changeRetention(parts, asked, by),
  }),
]
