import { expect, it } from 'vitest'
import { outcomeKey, toneOf } from './entry-outcome.ts'

it.each([
  [{ state: 'approved', reason: null }, 'history.approved', 'good'],
  [{ state: 'denied', reason: 'declined' }, 'history.denied', 'over'],
  [{ state: 'denied', reason: 'not_me' }, 'history.reported', 'bad'],
  [{ state: 'denied', reason: 'wrong_number' }, 'history.wrongNumber', 'bad'],
  [{ state: 'denied', reason: 'wrong_passcode' }, 'history.wrongPasscode', 'bad'],
  [{ state: 'expired', reason: null }, 'history.expired', 'over'],
  [{ state: 'cancelled', reason: null }, 'history.cancelled', 'over'],
] as const)('%o reads %s', (entry, key, tone) => {
  expect(outcomeKey(entry)).toBe(key)
  expect(toneOf(entry)).toBe(tone)
})
