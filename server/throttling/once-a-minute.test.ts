import { expect, it } from 'vitest'
import { onceAMinute } from './once-a-minute.ts'

const MINUTE = 60_000

it('tells the first, and a minute later how many there were', () => {
  let now = 0
  const due = onceAMinute({ now: () => now })
  expect([due('flood'), due('flood'), due('another'), due('flood')]).toEqual([1, undefined, 1, undefined])
  now = MINUTE - 1
  expect(due('flood')).toBeUndefined()
  now = MINUTE
  expect(due('flood')).toBe(4)
})

it('tells at once where the clock is set back by an hour, and not where it is by a second', () => {
  let now = 61 * MINUTE
  const due = onceAMinute({ now: () => now })
  due('flood')
  now -= 1000
  expect(due('flood')).toBeUndefined()
  now = MINUTE
  expect(due('flood')).toBe(2)
})
