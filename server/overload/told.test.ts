// How often who looks after a server is told the same.
import { expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { logger } from '../log.ts'
import { toldSeldom, toldSparingly } from './told.ts'

function told() {
  const lines: Record<string, unknown>[] = []
  const clock = new ManualClock()
  return { lines, clock, log: logger('info', { write: (line) => lines.push(JSON.parse(line)) }) }
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

it('writes a hundred lines of one kind in ten seconds, all of another, and then how many there were more', async () => {
  const { lines, clock, log } = told()
  const tell = toldSparingly({ clock, log })
  const refused = (kind: string) => tell(kind, { level: 'info', about: { kind }, says: 'refused' })
  for (let n = 0; n < 4000; n++) refused('wrong key')
  refused('wrong code')
  expect(lines.map(({ kind }) => kind)).toEqual([...Array(100).fill('wrong key'), 'wrong code'])
  await clock.jump(10_000)
  refused('wrong key')
  refused('wrong key')
  expect(lines.slice(101).map(({ untold }) => untold)).toEqual([3900, undefined])
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
