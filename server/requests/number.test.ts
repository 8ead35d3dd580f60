import { expect, it } from 'vitest'
import { newNumber } from './number.ts'

it('chooses a number of exactly so many digits that no other pending request has', () => {
  const drawn = [7, 42, 7, 5]
  const next = () => drawn.shift() ?? 0
  expect(newNumber(2, new Set(), next)).toBe('07')
  expect(newNumber(3, new Set(['042']), next)).toBe('007')
  expect(newNumber(6, new Set(), next)).toBe('000005')
  const every = new Set(Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0')))
  expect(newNumber(2, every, next)).toBe('00')
})
