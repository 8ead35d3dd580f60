// How often who looks after a server is told the same.
import { expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { logger } from '../log.ts'
import { toldSeldom, toldSparingly } from './told.ts'

function told() {
  const lines: Record<string, unknown>[] = []
  const clock = new ManualClock()
  const stop = new AbortController()
  return {
    lines,
    clock,
    stop,
    stopping: stop.signal,
    log: logger('info', { write: (line) => lines.push(JSON.parse(line)) }),
  }
}

it('says once in ten seconds that there is too much to do', async () => {
  const { lines, clock, log } = told()
  const tell = toldSeldom({ clock, log }, { work: 'waiting' }, 'too much')
  for (let n = 0; n < 5; n++) tell()
  expect(lines).toHaveLength(1)
  await clock.jump(10_000)
  tell()
  expect(lines).toHaveLength(2)
})

function refusing() {
  const { lines, ...needs } = told()
  const tell = toldSparingly(needs)
  const refused = (kind: string, times = 1) => {
    for (let n = 0; n < times; n++) tell(kind, { level: 'info', about: { kind }, says: 'refused' })
  }
  const untold = () => lines.flatMap(({ kind, untold, message }) => (untold ? [[kind, untold, message]] : []))
  return { ...needs, lines, refused, untold }
}

it('writes a hundred lines of one kind in ten seconds, and all of another', async () => {
  const { lines, clock, refused } = refusing()
  refused('wrong key', 4000)
  refused('wrong code')
  expect(lines.map(({ kind }) => kind)).toEqual([...Array(100).fill('wrong key'), 'wrong code'])
  await clock.jump(10_000)
  refused('wrong key')
  expect(lines.at(-1)).toMatchObject({ kind: 'wrong key', message: 'refused' })
})

it('says how many there were more when the ten seconds are over, though nothing comes any more', async () => {
  const { lines, clock, refused, untold } = refusing()
  refused('wrong key', 50_000)
  refused('wrong code', 100)
  await clock.advance(9999)
  expect(untold()).toEqual([])
  await clock.advance(1)
  expect(untold()).toEqual([['wrong key', 49_900, 'refused']])
  await clock.advance(60_000)
  expect(lines).toHaveLength(201)
})

it('says so before the next of its kind where the clock ran on past the end of the ten seconds', () => {
  const { clock, ...needs } = told()
  let now = 0
  const tell = toldSparingly({ ...needs, clock: { now: () => now, alarm: clock.alarm } })
  const refused = () => tell('wrong key', { level: 'info', about: {}, says: 'refused' })
  for (let n = 0; n < 103; n++) refused()
  now = 3_600_000
  refused()
  expect(needs.lines.slice(100).map(({ untold }) => untold)).toEqual([3, undefined])
  expect(clock.waiting).toBe(0)
})

it('says so when the server stops, which it does not hold up', () => {
  const { clock, stop, refused, untold } = refusing()
  refused('wrong key', 150)
  stop.abort()
  expect(untold()).toEqual([['wrong key', 50, 'refused']])
  refused('wrong key', 150)
  expect(clock.waiting).toBe(0)
})

it('is not silent for an hour where the clock is set back by one', () => {
  const { lines, log } = told()
  let now = 3_600_000
  const tell = toldSeldom({ clock: { now: () => now }, log }, {}, 'too much')
  tell()
  now = 0
  tell()
  expect(lines).toHaveLength(2)
})
