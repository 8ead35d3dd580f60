import { expect, it } from 'vitest'
import { numberDigits, otpSettings } from './login-request.ts'

it('codes have six digits at least and change each minute at the latest', () => {
  const takes = (digits: number, period: number) => otpSettings.safeParse({ digits, period }).success
  for (const digits of [6, 8]) for (const period of [30, 60]) expect(takes(digits, period)).toBe(true)
  for (const digits of [0, 4, 5, 7, 6.5]) expect(takes(digits, 30)).toBe(false)
  for (const period of [0, 61, 120, 300, 86_400]) expect(takes(6, period)).toBe(false)
})

it('a number has two digits, three or six', () => {
  const taken = Array.from({ length: 12 }, (_, digits) => digits).filter(
    (digits) => numberDigits.safeParse(digits).success,
  )
  expect(taken).toEqual([2, 3, 6])
})
