// Who is let in, and who is told to come back.
import { expect, it } from 'vitest'
import { room } from './room.ts'
import { turn } from './turn.ts'

it('lets in as many as there is room for, and another as soon as one has left', () => {
  const place = room(2)
  const leave = place.enter()
  place.enter()
  expect(() => place.enter()).toThrow(expect.objectContaining({ slug: 'unavailable' }))
  leave()
  expect(place.refusal()).toBeUndefined()
  place.enter()
  expect(() => place.enter()).toThrow()
})

it('does not call all back at the same moment, and tells each refusal', () => {
  let told = 0
  const full = room(0, () => told++)
  expect([1, 2, 3, 4].map(() => full.refusal()?.headers['Retry-After'])).toEqual(['1', '2', '3', '1'])
  expect(told).toBe(4)
})

it('refuses what comes late in a long turn of the event loop, and lets in again in the next', () => {
  let now = 0
  let next = () => {}
  const place = room(
    1000,
    undefined,
    turn(
      100,
      () => now,
      (begin) => (next = begin),
    ),
  )
  for (let n = 0; n < 20; n++) place.enter()
  now = 101
  expect(() => place.enter()).toThrow(expect.objectContaining({ slug: 'unavailable' }))
  next()
  place.enter()
  expect(place.refusal()).toBeUndefined()
})

it('refuses nobody where a turn was long but few are in it', () => {
  let now = 0
  const place = room(
    1000,
    undefined,
    turn(
      100,
      () => now,
      () => {},
    ),
  )
  for (let n = 0; n < 15; n++) place.enter()
  now = 10_000
  expect(place.refusal()).toBeUndefined()
})
