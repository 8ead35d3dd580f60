import { describe, expect, it } from 'vitest'
import type { Overview } from '../../../protocol/operator-api/overview.ts'
import { needsOf, verdictOf } from './needs.ts'

const counted = { requests: 0, approved: 0, denied: 0, reported: 0, expired: 0, median: null, p90: null }
const quiet: Overview = {
  at: '2026-01-01T12:00:00.000Z',
  since: '2026-01-01T00:00:00.000Z',
  now: counted,
  weekAgo: counted,
  reports: { open: 0, oldest: null },
  approvedAfterDenial: [],
  denying: [],
  paused: { count: 0, people: [] },
  locked: { count: 0, people: [] },
  codesExpiring: 0,
  perMinute: 0,
  usualPerMinute: null,
  networks: [],
  applications: [],
  oldestPush: null,
  push: [],
  webhooks: [],
  mail: { waiting: 0, tried: 0, oldestWaiting: null },
}
const alice = { id: 'usr_a' as never, username: 'alice' }

const said = (data: Partial<Overview>) => {
  const all = { ...quiet, ...data }
  const needs = needsOf(all)
  return { verdict: verdictOf(all, needs), needs: needs.map(({ says }) => says.map(({ text }) => text).join('')) }
}

describe('the overview', () => {
  it('says that all is well, and how well', () => {
    expect(said({}).verdict).toMatch(/^All well: nobody has signed in since /)
    const busy = { ...counted, approved: 412, median: 9 }
    expect(said({ now: busy }).verdict).toMatch(/^All well: 412 sign-ins since .*, half approved within 9 s\.$/)
  })

  it('names what needs somebody, an approval after a denial first', () => {
    const { verdict, needs } = said({
      reports: { open: 2, oldest: quiet.at },
      approvedAfterDenial: [{ ...alice, at: quiet.at }],
      denying: [{ ...alice, denials: 4 }],
      webhooks: [{ id: 'whk_a' as never, name: 'SIEM', since: quiet.at, waiting: 3 }],
    })
    expect(needs).toEqual([
      'alice approved a sign-in soon after denying one',
      '2 reports are open',
      'alice denied 4 sign-ins in ten minutes',
      'The webhook SIEM takes nothing; 3 events wait',
    ])
    expect(verdict).toBe(
      'Needs you: 1 approval after a denial, 2 reports, 1 person denies again and again, webhook SIEM takes nothing',
    )
  })

  it('takes a service that fails now and then for no outage, and one that fails often for one', () => {
    const service = 'https://push.example'
    expect(said({ push: [{ service, delivered: 96, failed: 4 }] }).needs).toEqual([])
    expect(said({ push: [{ service, delivered: 95, failed: 5 }] }).needs).toEqual([])
    expect(said({ push: [{ service, delivered: 10, failed: 5 }] }).needs).toEqual([
      'Push by push.example fails: 5 of 15 in five minutes',
    ])
    expect(said({ oldestPush: 61 }).needs).toHaveLength(1)
  })

  it('wonders at three times what is usual, where there is a usual', () => {
    expect(said({ perMinute: 30, usualPerMinute: 10 }).needs).toHaveLength(1)
    expect(said({ perMinute: 29, usualPerMinute: 10 }).needs).toEqual([])
    expect(said({ perMinute: 300, usualPerMinute: null }).needs).toEqual([])
    expect(said({ perMinute: 4, usualPerMinute: 0 }).needs).toEqual([])
  })
})
