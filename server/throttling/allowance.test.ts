import { expect, it } from 'vitest'
import { allowance } from './allowance.ts'

const taken = (of: ReturnType<typeof allowance>, times: number) =>
  Array.from({ length: times }, () => of.take('192.0.2.7')).filter(Boolean).length

it('lets through a window’s worth, and more as time goes by', () => {
  let now = 0
  const share = allowance({ now: () => now }, { count: 10, seconds: 10 })
  expect(taken(share, 12)).toBe(10)
  now = 3000
  expect(taken(share, 12)).toBe(3)
  expect(share.take('192.0.2.8')).toBe(true)
})

it('takes back what was taken for nothing, and no more than was there', () => {
  const share = allowance({ now: () => 0 }, { count: 3, seconds: 10 })
  share.take('192.0.2.7')
  for (let n = 0; n < 5; n++) share.giveBack('192.0.2.7')
  share.giveBack('192.0.2.8')
  expect(taken(share, 5)).toBe(3)
})

it('goes on where the clock is set back by a little', () => {
  let now = 9000
  const share = allowance({ now: () => now }, { count: 10, seconds: 10 })
  expect(taken(share, 4)).toBe(4)
  now = 0
  expect(taken(share, 12)).toBe(6)
  now = 2000
  expect(taken(share, 12)).toBe(2)
})

it('begins anew where the clock is set back by an hour', () => {
  let now = 3_600_000
  const share = allowance({ now: () => now }, { count: 10, seconds: 10 })
  expect(taken(share, 12)).toBe(10)
  now = 0
  expect(taken(share, 12)).toBe(10)
  now = 2000
  expect(taken(share, 12)).toBe(2)
})
