import { describe, expect, it } from 'vitest'
import type { DeviceId, TokenId } from '../../protocol/ids.ts'
import { asOf, isUnredeemed, type RequestEvent, type RequestRow, transition } from './state.ts'

const CREATED = 1_000_000
const EXPIRES = CREATED + 60_000
const device = 'dev_00000000000000000000000000' as DeviceId
const token = 'tok_00000000000000000000000000' as TokenId

const pending = (changes: Partial<RequestRow> = {}) =>
  ({
    state: 'pending',
    reason: null,
    version: 4,
    number: 'sealed number',
    number_digits: 2,
    passcode: null,
    wrong_passcodes: 0,
    wrong_redeems: 0,
    decided_by_token: null,
    decided_by_device: null,
    number_matched: 0,
    created_at: CREATED,
    expires_at: EXPIRES,
    settled_at: null,
    redeem_until: null,
    redeemed_at: null,
    ...changes,
  }) as RequestRow

const approve: RequestEvent = { type: 'approve', token, device, passcode: 'sealed', redeemUntil: CREATED + 65_000 }
const read: RequestEvent = { ...approve, redeemUntil: null }
const deny: RequestEvent = { type: 'deny', reason: 'declined', token, device }
const wrong: RequestEvent = { type: 'wrong-passcode', tries: 3, token, device }
const cancel: RequestEvent = { type: 'cancel' }
const report: RequestEvent = { type: 'report' }
const redeem: RequestEvent = { type: 'redeem' }
const wrongRedeem: RequestEvent = { type: 'wrong-redeem', tries: 3 }

const approved = pending({
  state: 'approved',
  settled_at: CREATED + 5000,
  passcode: 'sealed',
  redeem_until: CREATED + 65_000,
  number_matched: 1,
})
const states: Record<string, RequestRow> = {
  pending: pending(),
  'approved, not redeemed': approved,
  redeemed: { ...approved, redeemed_at: CREATED + 6000, passcode: null, number: null },
  denied: pending({ state: 'denied', reason: 'declined', settled_at: CREATED + 5000, number: null }),
  cancelled: pending({ state: 'cancelled', settled_at: CREATED + 5000, number: null }),
  expired: pending({ state: 'expired', settled_at: EXPIRES, number: null }),
}

describe('what an event makes of a request', () => {
  const at = CREATED + 10_000
  it.each([
    ['pending', approve, 'approved'],
    ['pending', read, 'approved'],
    ['pending', deny, 'denied'],
    ['pending', wrong, 'pending'],
    ['pending', cancel, 'cancelled'],
    ['pending', report, 'denied'],
    ['pending', redeem, 'not-approved'],
    ['pending', wrongRedeem, 'not-approved'],
    ['approved, not redeemed', approve, 'already-settled'],
    ['approved, not redeemed', deny, 'already-settled'],
    ['approved, not redeemed', wrong, 'already-settled'],
    ['approved, not redeemed', cancel, 'already-settled'],
    ['approved, not redeemed', report, 'denied'],
    ['approved, not redeemed', redeem, 'approved'],
    ['approved, not redeemed', wrongRedeem, 'approved'],
    ['redeemed', approve, 'already-settled'],
    ['redeemed', report, 'already-settled'],
    ['redeemed', redeem, 'already-redeemed'],
    ['redeemed', wrongRedeem, 'already-redeemed'],
    ['denied', approve, 'already-settled'],
    ['denied', report, 'already-settled'],
    ['denied', redeem, 'not-approved'],
    ['cancelled', deny, 'already-settled'],
    ['cancelled', redeem, 'not-approved'],
    ['expired', approve, 'expired'],
    ['expired', deny, 'expired'],
    ['expired', cancel, 'expired'],
    ['expired', report, 'expired'],
    ['expired', redeem, 'not-approved'],
  ] as const)('%s, %o: %s', (from, event, outcome) => {
    const seen = states[from] as RequestRow
    const result = transition(seen, event, at)
    if ('refused' in result) return expect(result.refused).toBe(outcome)
    expect(result.row).toMatchObject({ state: outcome, version: seen.version + 1 })
  })
})

it('keeps number and passcode only as long as somebody may still need them', () => {
  const row = (event: RequestEvent, seen = pending()) => {
    const result = transition(seen, event, CREATED + 10_000)
    if ('refused' in result) throw new Error(result.refused)
    return { number: result.row.number, passcode: result.row.passcode }
  }
  expect(row(approve)).toEqual({ number: 'sealed number', passcode: 'sealed' })
  for (const event of [deny, cancel, report]) expect(row(event)).toEqual({ number: null, passcode: null })
  expect(row(redeem, approved)).toEqual({ number: null, passcode: null })
  expect(row(report, approved)).toEqual({ number: null, passcode: null })
  expect(asOf(approved, CREATED + 65_000)).toMatchObject({ number: null, passcode: null, state: 'approved' })
})

describe('expiry', () => {
  it('is seen at the very millisecond, as a version later, whether or not it was written down', () => {
    expect(asOf(pending(), EXPIRES - 1)).toMatchObject({ state: 'pending', version: 4 })
    expect(asOf(pending(), EXPIRES)).toMatchObject({ state: 'expired', version: 5, settled_at: EXPIRES, number: null })
    expect(transition(pending(), approve, EXPIRES - 1)).toMatchObject({ row: { state: 'approved' } })
    expect(transition(pending(), approve, EXPIRES)).toEqual({ refused: 'expired' })
  })

  it('of an approval ends redeeming at the very millisecond', () => {
    expect(isUnredeemed(approved, CREATED + 64_999)).toBe(true)
    expect(isUnredeemed(approved, CREATED + 65_000)).toBe(false)
    expect(transition(approved, redeem, CREATED + 65_000)).toEqual({ refused: 'expired' })
    expect(transition(approved, report, CREATED + 65_000)).toEqual({ refused: 'already-settled' })
  })
})

describe('wrong passcodes', () => {
  it('count, and the last one allowed denies', () => {
    const second = transition(pending({ wrong_passcodes: 1 }), wrong, CREATED + 1)
    expect(second).toMatchObject({ row: { state: 'pending', wrong_passcodes: 2, decided_by_device: null } })
    const third = transition(pending({ wrong_passcodes: 2 }), wrong, CREATED + 1)
    expect(third).toMatchObject({ row: { state: 'denied', reason: 'wrong_number', decided_by_device: device } })
    const without = transition(pending({ wrong_passcodes: 2, number_digits: null, number: null }), wrong, CREATED + 1)
    expect(without).toMatchObject({ row: { state: 'denied', reason: 'wrong_passcode' } })
  })

  it('at redeeming end the approval at the third', () => {
    const at = CREATED + 6000
    expect(transition({ ...approved, wrong_redeems: 1 }, wrongRedeem, at)).toMatchObject({
      row: { passcode: 'sealed' },
    })
    const third = transition({ ...approved, wrong_redeems: 2 }, wrongRedeem, at)
    expect(third).toMatchObject({ row: { passcode: null, redeem_until: at } })
    if ('row' in third) expect(transition(third.row, redeem, at)).toEqual({ refused: 'expired' })
  })

  it('an approval on which whoever asked acts at once is used up with it, and no report undoes it', () => {
    const at = CREATED + 10_000
    const result = transition(pending(), read, at)
    expect(result).toMatchObject({ row: { state: 'approved', redeemed_at: at, passcode: null, number: null } })
    if (!('row' in result)) return
    expect(isUnredeemed(result.row, at)).toBe(false)
    expect(transition(result.row, report, at)).toEqual({ refused: 'already-settled' })
  })
})
