import { expect, it } from 'vitest'
import { elapsed } from './elapsed.ts'

it('says how long ago', () => {
  expect([-3000, 0, 4999, 8000, 59_999, 60_000, 150_000].map(elapsed)).toEqual([
    'now',
    'now',
    'now',
    '8 seconds ago',
    '59 seconds ago',
    '1 minute ago',
    '2 minutes ago',
  ])
})
