import { expect, it } from 'vitest'
import { timeOfDay } from './time-of-day.ts'

const SATURDAY = Date.parse('2026-10-24T20:30:00Z')
const SUNDAY = Date.parse('2026-10-25T20:30:00Z')

it('names the zone only where the clock has been changed since', () => {
  const inBerlin = { locale: 'en-GB', zone: 'Europe/Berlin' }
  expect(timeOfDay(SUNDAY, SUNDAY + 3_600_000, inBerlin)).toBe('21:30')
  expect(timeOfDay(SATURDAY, SUNDAY, inBerlin)).toBe('22:30 CEST')
  expect(timeOfDay(SATURDAY, SUNDAY, { locale: 'en-GB', zone: 'Asia/Tokyo' })).toBe('05:30')
})
