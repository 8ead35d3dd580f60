import { expect, it } from 'vitest'
import { factorsOf, isTwoFactor, timeOf } from './confirmation.ts'

it.each([
  [['pwd', 'otp', 'swk', 'mfa'], ['Your password', 'Approval on a device that holds a key of yours'], true],
  [
    ['pwd', 'otp', 'swk', 'user', 'mfa'],
    [
      'Your password',
      'Approval on a device that holds a key of yours',
      'That device was unlocked by fingerprint, face or screen lock',
    ],
    true,
  ],
  [['pwd', 'otp', 'mfa'], ['Your password', 'A passcode typed from your device'], true],
  [['pwd'], ['Your password'], false],
  [['unheard-of'], [], false],
])('%j is said in plain words', (amr, sentences, both) => {
  expect(factorsOf({ amr })).toEqual(sentences)
  expect(isTwoFactor({ amr })).toBe(both)
})

it('the time is said with its zone', () => {
  expect(timeOf(1_767_225_600)).toBe('00:00:00 UTC')
})
