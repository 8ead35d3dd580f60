// Who is let in, and who is told to come back.
import { expect, it } from 'vitest'
import { room } from './room.ts'

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
