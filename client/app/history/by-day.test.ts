import { describe, expect, it } from 'vitest'
import { byDay, daysAgo } from './by-day.ts'

const at = (day: number, hour: number) => new Date(2026, 9, day, hour, 30).getTime()

describe('history', () => {
  it('is cut into days where the local date changes', () => {
    const days = byDay([at(25, 23), at(25, 0), at(24, 23)], (time) => time)
    expect(days.map(({ key, entries }) => [key, entries.length])).toEqual([
      ['2026-10-25', 2],
      ['2026-10-24', 1],
    ])
  })

  it('counts days by the calendar and not by hours', () => {
    const now = at(26, 0)
    expect(daysAgo(new Date(at(26, 0)), now)).toBe(0)
    expect(daysAgo(new Date(at(25, 23)), now)).toBe(1)
    expect(daysAgo(new Date(at(25, 0)), now)).toBe(1)
    expect(daysAgo(new Date(at(19, 12)), now)).toBe(7)
  })

  it('of nothing is nothing', () => {
    expect(byDay([], () => 0)).toEqual([])
  })
})
