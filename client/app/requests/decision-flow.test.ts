import { describe, expect, it } from 'vitest'
import { type FlowEvent, type Phase, type Settled, step } from './decision-flow.ts'

const asking: Phase = { at: 'asking' }
const run = (...events: FlowEvent[]) => events.reduce(step, asking)
const send = (verdict: 'approve' | 'deny' | 'report'): FlowEvent => ({ type: 'send', verdict })
const answered = (state: Settled['state'], reason: Settled['reason'] = null): FlowEvent => ({
  type: 'answered',
  answer: { state, reason },
})
const refused = (slug: 'wrong-passcode' | 'expired' | 'token-inactive' | 'unknown-request', triesLeft?: number) =>
  ({ type: 'refused', slug, numbered: true, ...(triesLeft === undefined ? {} : { triesLeft }) }) as const

const settledBefore = (state: Settled['state'], reason: Settled['reason']): FlowEvent => ({
  type: 'refused',
  slug: 'already-settled',
  numbered: true,
  settled: { state, reason, here: true },
})

describe('a request on the sheet', () => {
  it.each([
    ['approved', [send('approve'), answered('approved')]],
    ['denied', [send('deny'), answered('denied', 'declined')]],
    ['reported', [send('deny'), answered('denied', 'declined'), send('report'), answered('denied', 'not_me')]],
    ['reported', [send('approve'), answered('approved'), send('report'), answered('denied', 'not_me')]],
    ['reported-late', [send('approve'), answered('approved'), send('report'), answered('approved')]],
    ['reported-over', [{ type: 'over' }, send('report'), answered('expired')]],
    ['too-late', [send('approve'), answered('approved'), send('report'), settledBefore('approved', null)]],
    ['too-late', [{ type: 'over' }, send('report'), refused('expired')]],
    ['reported', [send('deny'), answered('denied', 'declined'), send('report'), settledBefore('denied', 'not_me')]],
    ['expired', [{ type: 'over' }]],
    ['expired', [{ type: 'unlock' }, { type: 'over' }]],
    ['expired', [send('approve'), refused('expired')]],
    ['unanswered', [send('approve'), { type: 'unreachable' }, { type: 'over' }]],
    ['unanswered', [send('deny'), { type: 'unreachable' }, { type: 'over' }]],
    ['approved', [send('approve'), { type: 'over' }, answered('approved')]],
    ['approved', [send('approve'), { type: 'unreachable' }, answered('approved')]],
    ['denied', [send('approve'), { type: 'unreachable', verdict: 'deny' }, answered('denied', 'declined')]],
    ['cancelled', [{ type: 'settled', settled: { state: 'cancelled', reason: null } }]],
    ['elsewhere', [{ type: 'settled', settled: { state: 'approved', reason: null } }]],
    ['elsewhere', [{ type: 'settled', settled: { state: 'denied', reason: 'declined' } }]],
    ['wrong-numbers', [{ type: 'settled', settled: { state: 'denied', reason: 'wrong_number' } }]],
    ['wrong-numbers', [send('approve'), refused('wrong-passcode', 0)]],
    ['inactive', [send('approve'), refused('token-inactive')]],
    ['gone', [send('approve'), refused('unknown-request')]],
    ['unlock-gone', [{ type: 'unlock' }, { type: 'unlock-failed', fault: 'gone' }]],
  ] satisfies [string, FlowEvent[]][])('ends as %s', (ending, events) => {
    expect(run(...events)).toEqual({ at: 'ended', ending })
  })

  it('that another device settled differently says so, whatever was pressed here', () => {
    const conflict: FlowEvent = {
      type: 'refused',
      slug: 'already-settled',
      numbered: false,
      settled: { state: 'denied', reason: 'declined' },
    }
    expect(run(send('approve'), conflict)).toEqual({ at: 'ended', ending: 'elsewhere' })
  })

  it('asks again after a wrong number, and says how many tries are left', () => {
    expect(run(send('approve'), refused('wrong-passcode', 2))).toEqual({
      at: 'asking',
      trouble: { kind: 'wrong-number', triesLeft: 2 },
    })
  })

  it.each(['cancelled', 'failed', 'unsupported'] as const)('asks again when unlock is %s', (fault) => {
    expect(run({ type: 'unlock' }, { type: 'unlock-failed', fault })).toEqual({
      at: 'asking',
      trouble: { kind: 'unlock', fault },
    })
  })

  it('does not take a lost answer for an end while it is still trying', () => {
    expect(run(send('approve'), { type: 'unreachable' })).toEqual({ at: 'sending', verdict: 'approve', retrying: true })
  })

  it('is not sent twice, and cannot be approved once it has ended', () => {
    expect(run(send('deny'), send('approve'))).toMatchObject({ verdict: 'deny' })
    expect(run({ type: 'over' }, send('approve'))).toEqual({ at: 'ended', ending: 'expired' })
  })

  it('keeps its end when a report of it is refused', () => {
    expect(
      run(send('deny'), answered('denied', 'declined'), send('report'), {
        type: 'refused',
        slug: 'too-many-requests',
        numbered: false,
      }),
    ).toEqual({ at: 'ended', ending: 'denied', trouble: { kind: 'refused' } })
  })
})
