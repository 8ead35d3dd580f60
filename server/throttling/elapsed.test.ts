import { expect, it } from 'vitest'
import { elapsed, withinWindow } from './elapsed.ts'

const MINUTE = 60_000
const NOW = 100 * MINUTE

it.each([
  ['just now', 0, 0],
  ['half a window ago', -MINUTE / 2, MINUTE / 2],
  ['a moment less than a window ago', 1 - MINUTE, MINUTE - 1],
  ['a window ago', -MINUTE, MINUTE],
  ['long ago', -90 * MINUTE, MINUTE],
  ['ahead, after a small step back', MINUTE - 1, 0],
  ['ahead by the window', MINUTE, MINUTE],
  ['ahead by an hour', 60 * MINUTE, MINUTE],
])('what was %s counts for as long as it should, and for the store alike', (_when, at, gone) => {
  expect(elapsed(NOW + at, NOW, MINUTE)).toBe(gone)
  const { after, before } = withinWindow(NOW, MINUTE)
  expect(NOW + at > after && NOW + at < before).toBe(gone < MINUTE)
})
