import { describe, expect, it } from 'vitest'
import { afterApproval, afterWrong, UNTIL_LIFTED } from './lock.ts'

const NOW = 1_000_000
const MINUTE = 60_000

describe('a wrong passcode', () => {
  it.each([
    [10, 15],
    [20, 30],
    [30, 60],
    [40, 120],
    [50, 240],
    [60, 480],
    [70, 960],
    [80, 24 * 60],
    [90, 24 * 60],
  ])('that is the %ith in a row locks for %i minutes', (nth, minutes) => {
    const before = { passcode_failures: nth - 1, passcodes_locked_until: 0 }
    expect(afterWrong(before, 10, NOW)).toEqual({
      passcode_failures: nth,
      passcodes_locked_until: NOW + minutes * MINUTE,
      lockedNow: true,
    })
  })

  it.each([1, 9, 11, 19, 95, 99])('that is the %ith in a row does not lock', (nth) => {
    const before = { passcode_failures: nth - 1, passcodes_locked_until: 7 }
    expect(afterWrong(before, 10, NOW)).toEqual({
      passcode_failures: nth,
      passcodes_locked_until: 7,
      lockedNow: false,
    })
  })

  it.each([10, 30, 1000])('that is the hundredth in a row locks until it is lifted, where every %i lock', (perLock) => {
    const before = { passcode_failures: 99, passcodes_locked_until: 0 }
    expect(afterWrong(before, perLock, NOW)).toMatchObject({ passcodes_locked_until: UNTIL_LIFTED, lockedNow: true })
  })
})

describe('an approved push', () => {
  it('clears the count and a lock that would end by itself', () => {
    expect(afterApproval({ passcode_failures: 10, passcodes_locked_until: NOW + MINUTE })).toEqual({
      passcode_failures: 0,
      passcodes_locked_until: 0,
    })
  })

  it('leaves the lock that only an operator lifts', () => {
    const locked = { passcode_failures: 100, passcodes_locked_until: UNTIL_LIFTED }
    expect(afterApproval(locked)).toEqual(locked)
  })
})
