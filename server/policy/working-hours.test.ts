import { expect, it } from 'vitest'
import { isWorkingTime, isZone } from './working-hours.ts'

const office = { zone: 'Europe/Amsterdam', days: [1, 2, 3, 4, 5], from: '08:00', until: '18:00' }
const night = { zone: 'Europe/Amsterdam', days: [5], from: '22:00', until: '06:00' }

it.each([
  // In winter Amsterdam is an hour ahead of UTC, in summer two.
  ['2026-01-05T06:59:00Z', false],
  ['2026-01-05T07:00:00Z', true],
  ['2026-07-06T05:59:00Z', false],
  ['2026-07-06T06:00:00Z', true],
  ['2026-07-06T16:00:00Z', false],
  // The clocks went back in the night to this Sunday, the first working day is a Monday.
  ['2026-10-25T10:00:00Z', false],
  ['2026-10-26T06:59:00Z', false],
  ['2026-10-26T07:00:00Z', true],
])('office hours at %s: %s', (at, expected) => {
  expect(isWorkingTime([office], Date.parse(at))).toBe(expected)
})

it.each([
  ['2026-01-02T20:59:00Z', false],
  ['2026-01-02T21:00:00Z', true],
  ['2026-01-03T04:59:00Z', true],
  ['2026-01-03T05:00:00Z', false],
  ['2026-01-03T21:30:00Z', false],
])('a night shift that begins on Fridays, at %s: %s', (at, expected) => {
  expect(isWorkingTime([night], Date.parse(at))).toBe(expected)
})

it('who has two shifts may work at both', () => {
  expect(isWorkingTime([office, night], Date.parse('2026-01-05T09:00:00Z'))).toBe(true)
  expect(isWorkingTime([office, night], Date.parse('2026-01-03T01:00:00Z'))).toBe(true)
})

it('a zone is one that the world knows', () => {
  expect(['Europe/Amsterdam', 'UTC', 'Harbour/Town'].map(isZone)).toEqual([true, true, false])
})
