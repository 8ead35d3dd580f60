import { describe, expect, it } from 'vitest'
import type { Overview } from '../../../protocol/operator-api/overview.ts'
import { needsOf, verdictOf } from './needs.ts'
import { summaryOf } from './summary.ts'

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
  unconfirmed: { count: 0, people: [] },
  certificateDays: null,
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

  it('names a certificate that ends soon, and whose device waits to be confirmed', () => {
    expect(said({ certificateDays: 14 }).needs).toEqual([])
    expect(said({ certificateDays: 13 }).needs).toEqual(['The certificate of this site ends in 13 days'])
    const unconfirmed = { count: 1, people: [{ ...alice, since: quiet.at }] }
    const { verdict, needs } = said({ unconfirmed })
    expect(needs).toEqual(['A new device of alice waits until somebody confirms it'])
    expect(verdict).toBe('Needs you: 1 device to confirm')
  })

  it('is told to a colleague as text', () => {
    const lines = summaryOf(
      {
        ...quiet,
        now: { ...counted, requests: 9, approved: 5, denied: 4, median: 9 },
        denying: [{ ...alice, denials: 4 }],
        networks: [{ network: '198.51.100.0/24', requests: 4 }],
        push: [{ service: 'https://push.example', delivered: 10, failed: 5 }],
        certificateDays: 60,
      },
      'Harbour',
    ).split('\n')
    expect(lines[0]).toMatch(/^Harbour, sign-ins: .* \(2026-01-01 12:00 UTC\)$/)
    expect(lines[1]).toBe('Needs you: 1 person denies again and again, push by push.example fails')
    expect(lines.slice(2)).toEqual([
      '- alice denied 4 sign-ins in ten minutes',
      '- Push by push.example fails: 5 of 15 in five minutes',
      expect.stringMatching(/9 asked, 5 approved, 4 denied, 0 reported, 0 without an answer, half within 9 s\.$/),
      '0 a minute now.',
      'Held: push paused for 0, typed passcodes locked for 0.',
      'Push by push.example: 5 of 15 failed in five minutes.',
      'From: 198.51.100.0/24 4.',
      'Certificate: 60 days left.',
    ])
  })
})
