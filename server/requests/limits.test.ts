import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../protocol/limits.ts'
import { afterEnding, mayAsk } from './limits.ts'

const NOW = 10_000_000
const none = { pausedUntil: 0, recent: [], pending: [] }
const ago = (...seconds: number[]) => seconds.map((s) => NOW - s * 1000).sort((a, b) => a - b)

describe('one more request may be made', () => {
  it.each([
    ['of a user nobody asked yet', none, { may: true }],
    ['while push is paused', { ...none, pausedUntil: NOW + 1 }, { may: false, because: 'push-paused', until: NOW + 1 }],
    ['when the pause is over', { ...none, pausedUntil: NOW }, { may: true }],
    ['after four in a minute', { ...none, recent: ago(1, 2, 3, 4) }, { may: true }],
    [
      'after five in a minute, until the first of them is a minute old',
      { ...none, recent: ago(10, 20, 30, 40, 50) },
      { may: false, because: 'too-many-requests', until: NOW + 10_000 },
    ],
    ['when one of five is a minute old', { ...none, recent: ago(10, 20, 30, 40, 60) }, { may: true }],
    [
      'after five, and the clock was set back by half a minute',
      { ...none, recent: ago(-20, -10, 0, 10, -30) },
      { may: false, because: 'too-many-requests', until: NOW + 50_000 },
    ],
    [
      'after five, and the clock was set back by an hour',
      { ...none, recent: ago(...Array(5).fill(-3600)) },
      { may: true },
    ],
    [
      'while three are pending, until the first of them ends',
      { ...none, pending: [NOW + 9000, NOW + 5000, NOW + 7000] },
      { may: false, because: 'too-many-requests', until: NOW + 5000 },
    ],
    ['while two are pending', { ...none, pending: [NOW + 1, NOW + 2] }, { may: true }],
  ])('%s', (_when, facts, answer) => {
    expect(mayAsk(DEFAULT_LIMITS, facts, NOW)).toEqual(answer)
  })
})

describe('what an ending counts', () => {
  const counts = { refusals: 2, unanswered: 4, push_paused_until: 0 }
  const paused = NOW + 900_000

  it.each([
    [
      'an approval clears both',
      'approved',
      counts,
      { refusals: 0, unanswered: 0, push_paused_until: 0, pausedNow: false },
    ],
    [
      'the third refusal in a row pauses push',
      'refused',
      counts,
      { refusals: 3, unanswered: 4, push_paused_until: paused, pausedNow: true },
    ],
    [
      'an earlier refusal does not',
      'refused',
      { ...counts, refusals: 1 },
      { refusals: 2, unanswered: 4, push_paused_until: 0, pausedNow: false },
    ],
    [
      'the fifth unanswered in a row pauses push',
      'unanswered',
      counts,
      { refusals: 2, unanswered: 5, push_paused_until: paused, pausedNow: true },
    ],
    [
      'a report pauses push at once',
      'reported',
      { ...counts, refusals: 0 },
      { refusals: 1, unanswered: 4, push_paused_until: paused, pausedNow: true },
    ],
    [
      'a pause that is longer already stays',
      'reported',
      { ...counts, push_paused_until: paused + 1 },
      { refusals: 3, unanswered: 4, push_paused_until: paused + 1, pausedNow: false },
    ],
    [
      'an approval does not lift a pause',
      'approved',
      { ...counts, push_paused_until: paused },
      { refusals: 0, unanswered: 0, push_paused_until: paused, pausedNow: false },
    ],
  ] as const)('%s', (_what, ending, before, after) => {
    expect(afterEnding(DEFAULT_LIMITS, before, ending, NOW)).toEqual(after)
  })
})
