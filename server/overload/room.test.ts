// Who is let in, and who is told to come back.
import { expect, it } from 'vitest'
import { room } from './room.ts'
import { turn } from './turn.ts'

const UNAVAILABLE = expect.objectContaining({ slug: 'unavailable' })

it('lets in as many as there is room for, and another as soon as one has left', () => {
  const place = room(2)
  const leave = place.enter('a')
  place.enter('b')
  expect(() => place.enter('c')).toThrow(UNAVAILABLE)
  // Once, however often it is said.
  for (let n = 0; n < 3; n++) leave()
  expect(place.refusal('c')).toBeUndefined()
  place.enter('c')
  expect(() => place.enter('c')).toThrow()
  expect(() => place.enter('d')).toThrow()
})

it('does not call all back at the same moment, and tells of whom it refuses', () => {
  const told: string[] = []
  const full = room(0, (who) => told.push(who))
  expect([1, 2, 3, 4].map((n) => full.refusal(`${n}`)?.headers['Retry-After'])).toEqual(['1', '2', '3', '1'])
  expect(told).toEqual(['1', '2', '3', '4'])
})

it('refuses whoever fills it, and lets in the others up to as much as each holds', () => {
  const place = room(16)
  const full = (who: string) => place.refusal(who) !== undefined
  const leave = Array.from({ length: 16 }, () => place.enter('flood'))
  expect([full('flood'), full('vpn')]).toEqual([true, false])
  place.enter('vpn')
  place.enter('harbour')
  place.enter('harbour')
  expect([full('flood'), full('vpn'), full('harbour')]).toEqual([true, false, false])
  place.enter('mail')
  // A quarter more, and that was all.
  expect([full('flood'), full('vpn'), full('new')]).toEqual([true, true, true])
  for (const one of leave.splice(0, 5)) one()
  expect([full('flood'), full('new')]).toEqual([false, false])
})

it('is full for all who hold as much as each other', () => {
  const place = room(8)
  for (const who of ['a', 'b', 'c', 'd']) for (let n = 0; n < 2; n++) place.enter(who)
  expect(['a', 'b', 'c', 'd', 'e'].map((who) => place.refusal(who) !== undefined)).toEqual([
    true,
    true,
    true,
    true,
    false,
  ])
})

function turning() {
  const time = { now: 0, next: () => {} }
  const of100 = turn(100, () => time.now, { nextTurn: (begin) => (time.next = begin) })
  return { time, place: room(1000, undefined, of100) }
}

it('refuses what comes late in a long turn of the event loop, and lets in again in the next', () => {
  const { time, place } = turning()
  for (let n = 0; n < 20; n++) place.enter('a')
  time.now = 101
  expect(() => place.enter('a')).toThrow(UNAVAILABLE)
  time.next()
  place.enter('a')
  expect(place.refusal('a')).toBeUndefined()
})

it('lets in, late in a long turn, who has had less of it, up to as much again', () => {
  const { time, place } = turning()
  const full = (who: string) => place.refusal(who) !== undefined
  for (let n = 0; n < 20; n++) place.enter('flood')
  time.now = 101
  expect(full('flood')).toBe(true)
  for (let n = 0; n < 10; n++) for (const who of ['vpn', 'harbour']) place.enter(who)
  expect([full('flood'), full('vpn'), full('new')]).toEqual([true, true, true])
})

it('refuses nobody where a turn was long but few are in it', () => {
  const { time, place } = turning()
  for (let n = 0; n < 15; n++) place.enter('a')
  time.now = 10_000
  expect(place.refusal('a')).toBeUndefined()
})
