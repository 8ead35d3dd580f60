import { describe, expect, it } from 'vitest'
import { crossesMoment, fractionLeft, secondsLeft } from './time-left.ts'

describe('time left', () => {
  it('is zero only when it is over', () => {
    expect([1500, 1000, 1, 0, -20].map(secondsLeft)).toEqual([2, 1, 1, 0, 0])
  })

  it('draws no more than the whole ring and no less than nothing', () => {
    expect([90_000, 30_000, -1].map((left) => fractionLeft(left, 60_000))).toEqual([1, 0.5, 0])
    expect(fractionLeft(10, 0)).toBe(0)
  })

  it('is spoken at 20 s, at 10 s and at the end, even where a second was skipped', () => {
    const spoken = Array.from({ length: 60 }, (_, index) => 60 - index).filter((before) =>
      crossesMoment(before, before - 1),
    )
    expect(spoken).toEqual([21, 11, 1])
    expect(crossesMoment(25, 18)).toBe(true)
    expect(crossesMoment(9, 8)).toBe(false)
  })
})
