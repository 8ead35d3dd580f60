import { expect, it } from 'vitest'
import { backoff } from './backoff.ts'

const lowest = (length: number) => new Uint8Array(length)
const highest = (length: number) => new Uint8Array(length).fill(255)

it('waits twice as long after each failure, up to 15 s, between half of that and all of it', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 1000].map((attempts) => backoff(attempts, highest))).toEqual([
    500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000,
  ])
  expect([0, 1, 5].map((attempts) => backoff(attempts, lowest))).toEqual([250, 500, 7500])
})
