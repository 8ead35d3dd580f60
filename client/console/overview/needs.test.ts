import { describe, expect, it } from 'vitest'
import { type Overview, unusualRate } from '../../../protocol/operator-api/overview.ts'
import type { SignView } from '../../../protocol/operator-api/signs.ts'
import { withDealt } from './dealt.ts'
import { needsOf, standingOf, verdictOf } from './needs.ts'
import { summaryOf } from './summary.ts'

const counted = { requests: 0, approved: 0, denied: 0, reported: 0, expired: 0, typed: 0, median: null, p90: null }
const quiet: Overview = {
  at: '2026-01-01T12:00:00.000Z',
  since: '2026-01-01T00:00:00.000Z',
  now: counted,
  weekAgo: counted,
  copiedPasskeys: [],
  reports: { open: 0, oldest: null },
  approvedAfterDenial: { count: 0, signs: [] },
  denying: { count: 0, signs: [] },
  paused: { count: 0, people: [] },
  locked: { count: 0, people: [] },
  codesExpiring: 0,
  unreachable: 0,
  notEnrolled: 0,
  unconfirmed: { count: 0, people: [] },
  certificateDays: null,
  perMinute: 0,
  usualPerMinute: null,
  unusualSince: null,
  whereOf: 0,
  whereIsCut: false,
  networks: [],
  applications: [],
  oldestPush: null,
  push: [],
  webhooks: [],
  syslog: null,
  mail: { waiting: 0, tried: 0, oldestWaiting: null },
}
const alice = { id: 'usr_a' as never, username: 'alice' }
const sign: SignView = {
  id: 'sgn_a' as never,
  version: 1,
  kind: 'denying',
  user: alice,
  since: '2026-01-01T11:30:00.000Z',
  at: '2026-01-01T11:55:00.000Z',
  denials: 4,
  takenAt: null,
  takenBy: null,
}
const one = (more: Partial<SignView> = {}) => ({ count: 1, signs: [{ ...sign, ...more }] })

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
      approvedAfterDenial: one({ kind: 'approved-after-denial', denials: 0 }),
      denying: one(),
      webhooks: [{ id: 'whk_a' as never, name: 'SIEM', since: quiet.at, waiting: 3 }],
    })
    expect(needs).toEqual([
      'alice approved a sign-in soon after denying one',
      '2 reports are open',
      'alice denied 4 sign-ins, one after the other',
      'The webhook SIEM is not accepting deliveries; 3 events wait',
    ])
    expect(verdict).toBe(
      'Needs you: 1 approval after a denial, 2 reports, 1 person denies again and again, webhook SIEM is not accepting deliveries',
    )
  })

  it('puts a copied passkey before all else, and leads its own operator to their passkeys', () => {
    const copiedPasskeys = [{ id: 'opr_b' as never, name: 'Bea', passkey: 'Key in the safe', at: quiet.since }]
    const data = { ...quiet, copiedPasskeys, reports: { open: 1, oldest: quiet.at } }
    const { verdict, needs } = said(data)
    expect(needs[0]).toBe('There are two copies of Bea’s passkey “Key in the safe”: it has to be removed')
    expect(verdict).toBe('Needs you: a passkey was copied, 1 report')
    expect(needsOf(data)[0]).toMatchObject({ to: { name: 'operators' }, since: quiet.since })
    expect(needsOf(data, 'opr_b')[0]?.to).toEqual({ name: 'passkeys' })
    const three = ['opr_b', 'opr_c', 'opr_d'].map((id) => ({
      ...copiedPasskeys[0],
      id: id as never,
    })) as typeof copiedPasskeys
    const lines = (me?: string) =>
      needsOf({ ...quiet, copiedPasskeys: three }, me).map(({ says }) => says.map(({ text }) => text).join(''))
    expect(lines()).toEqual(['There are copies of 3 passkeys of operators: they have to be removed'])
    expect(lines('opr_c')).toEqual([expect.stringContaining('Bea’s'), expect.stringContaining('2 passkeys')])
  })

  it('takes a service that fails now and then for no outage, and one that fails often for one', () => {
    const service = 'https://push.example'
    const push = (delivered: number, failed: number) => ({
      push: [{ service, delivered, failed, failingSince: null }],
    })
    expect(said(push(96, 4)).needs).toEqual([])
    expect(said(push(95, 5)).needs).toEqual([])
    expect(said(push(10, 5)).needs).toEqual(['Push by push.example fails: 5 of 15 in five minutes'])
    expect(said({ oldestPush: 61 }).needs).toHaveLength(1)
  })

  it('says that the log is not kept elsewhere, and what of it is gone for good', () => {
    const syslog = { receiver: 'siem.example:6514', since: quiet.since, waiting: 12, missed: 0 }
    const { verdict, needs } = said({ syslog })
    expect(needs).toEqual([
      'The syslog receiver siem.example:6514 is not accepting deliveries; 12 entries of the audit log wait',
    ])
    expect(verdict).toBe('Needs you: the audit log reaches no syslog')
    expect(said({ syslog: { ...syslog, missed: 3 } }).needs).toEqual([
      'The syslog receiver siem.example:6514 is not accepting deliveries; 12 entries of the audit log wait, 3 it will never get',
    ])
    expect(needsOf({ ...quiet, syslog })).toMatchObject([{ to: { name: 'settings' }, since: quiet.since }])
  })

  it('wonders at three times what is usual, where there is a usual', () => {
    expect(said({ perMinute: 30, usualPerMinute: 10, unusualSince: quiet.at }).needs).toHaveLength(1)
    expect(said({ perMinute: 29, usualPerMinute: 10 }).needs).toEqual([])
    expect(said({ perMinute: 300, usualPerMinute: null }).needs).toEqual([])
    expect([unusualRate(10), unusualRate(0)]).toEqual([30, 5])
  })

  it('leads to the requests that are meant, and says since when', () => {
    const service = 'https://push.example'
    const push = [{ service, delivered: 10, failed: 5, failingSince: quiet.since }]
    const needs = needsOf({ ...quiet, push, oldestPush: 90 })
    expect(needs.map(({ to, since }) => [to.query, since])).toEqual([
      [{ delivery: 'failed' }, quiet.since],
      [{ delivery: 'queued' }, '2026-01-01T11:58:30.000Z'],
    ])
  })

  it('says whether it goes on or has stopped, and who deals with it', () => {
    const standing = (more: Partial<SignView>) =>
      needsOf({ ...quiet, denying: one(more) })
        .flatMap(standingOf)
        .map((parts) => parts.map(({ text }) => text).join(''))
    expect(standing({})).toEqual([expect.stringMatching(/^going on, /)])
    expect(standing({ at: '2026-01-01T11:50:00.000Z', takenBy: 'Bea', takenAt: quiet.at })).toEqual([
      expect.stringMatching(/^stopped, /),
      expect.stringMatching(/^taken by Bea, /),
    ])
  })

  it('shows what was taken or closed before the server tells it again', () => {
    const all = { ...quiet, denying: one() }
    const taken = withDealt(all, new Map([[sign.id, { version: 2, sign: { ...sign, version: 2, takenBy: 'Bea' } }]]))
    expect(taken.denying.signs[0]?.takenBy).toBe('Bea')
    expect(withDealt(all, new Map([[sign.id, { version: 2 }]])).denying).toEqual({ count: 0, signs: [] })
    expect(withDealt(all, new Map([[sign.id, { version: 1 }]])).denying.count).toBe(1)
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
        denying: one({ takenBy: 'Bea', takenAt: quiet.at }),
        networks: [{ network: '198.51.100.0/24', requests: 4 }],
        push: [{ service: 'https://push.example', delivered: 10, failed: 5, failingSince: quiet.since }],
        certificateDays: 60,
      },
      'Harbour',
    ).split('\n')
    expect(lines[0]).toMatch(/^Harbour, sign-ins: .* \(2026-01-01 12:00 UTC\)$/)
    expect(lines[1]).toBe('Needs you: 1 person denies again and again, push by push.example fails')
    expect(lines.slice(2)).toEqual([
      expect.stringMatching(
        /^- alice denied 4 sign-ins, one after the other \(since .*; going on, the last at .*; taken by Bea, .*\)$/,
      ),
      expect.stringMatching(/^- Push by push\.example fails: 5 of 15 in five minutes \(since .*\)$/),
      expect.stringMatching(/9 asked, 5 approved, 4 denied, 0 reported, 0 without an answer, half within 9 s\.$/),
      '0 a minute now.',
      'Held: push paused for 0, typed passcodes locked for 0.',
      'Push by push.example: 5 of 15 failed in five minutes.',
      'From: 198.51.100.0/24 4.',
      'Certificate: 60 days left.',
    ])
  })
})
