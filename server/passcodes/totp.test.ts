import { expect, it } from 'vitest'
import { utf8 } from '../../protocol/encoding.ts'
import { checkTotp, firstTotp, type TotpToken, totpAt } from './totp.ts'

const KEY = utf8('12345678901234567890')
const NOW = Date.parse('2026-01-01T00:00:10.000Z')
const STEP = Math.floor(NOW / 30_000)
const token: TotpToken = { key: KEY, otp: { digits: 6, period: 30 }, drift: 0, lastStep: 0 }
const code = (step: number) => totpAt(KEY, step, 6)

it.each([
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
])('computes the code of RFC 6238 appendix B at %i s', (seconds, expected) => {
  expect(totpAt(KEY, Math.floor(seconds / 30), 8)).toBe(expected)
})

it.each([-1, 0, 1])('takes the code that is %i steps off and learns the drift', (offset) => {
  expect(checkTotp(token, code(STEP + offset), NOW)).toEqual({
    kind: 'accepted',
    match: { step: STEP + offset, drift: offset },
  })
})

it.each([-2, 2])('does not take the code that is %i steps off', (offset) => {
  expect(checkTotp(token, code(STEP + offset), NOW)).toEqual({ kind: 'wrong' })
})

it('moves its window with the drift learned so far, one step at a time', () => {
  expect(checkTotp({ ...token, drift: 4 }, code(STEP + 5), NOW)).toEqual({
    kind: 'accepted',
    match: { step: STEP + 5, drift: 5 },
  })
  expect(checkTotp({ ...token, drift: 4 }, code(STEP), NOW)).toEqual({ kind: 'wrong' })
})

it.each([
  [10, 11, 10],
  [-10, -11, -10],
])('with a drift of %i takes the step %i and learns no more than %i', (drift, offset, learned) => {
  expect(checkTotp({ ...token, drift }, code(STEP + offset), NOW)).toMatchObject({ match: { drift: learned } })
})

it('calls a code that was accepted, or an earlier one, replayed', () => {
  expect(checkTotp({ ...token, lastStep: STEP }, code(STEP), NOW)).toEqual({ kind: 'replayed' })
  expect(checkTotp({ ...token, lastStep: STEP }, code(STEP - 1), NOW)).toEqual({ kind: 'replayed' })
  expect(checkTotp({ ...token, lastStep: STEP }, code(STEP + 1), NOW)).toMatchObject({ kind: 'accepted' })
})

it('takes no code of another length', () => {
  expect(checkTotp(token, totpAt(KEY, STEP, 8), NOW)).toEqual({ kind: 'wrong' })
  expect(checkTotp({ ...token, otp: { digits: 8, period: 30 } }, code(STEP), NOW)).toEqual({ kind: 'wrong' })
})

it('counts steps of a minute where the token asks for them', () => {
  const slow: TotpToken = { ...token, otp: { digits: 6, period: 60 } }
  expect(checkTotp(slow, code(Math.floor(NOW / 60_000)), NOW)).toMatchObject({ kind: 'accepted' })
})

it.each([-10, 10])('starts a token whose device is %i steps off', (offset) => {
  expect(firstTotp(token, code(STEP + offset), NOW)).toEqual({ step: STEP + offset, drift: offset })
})

it.each([-11, 11])('does not start a token whose device is %i steps off', (offset) => {
  expect(firstTotp(token, code(STEP + offset), NOW)).toBeUndefined()
})
