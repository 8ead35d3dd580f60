// What goes wrong at the RADIUS door, as the log has it: told, and no flood of it.
import { expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { noting } from './faults.ts'

it('packets that can’t be answered are a line a minute for each kind of fault, with how many there were', async () => {
  const clock = new ManualClock()
  const lines: unknown[] = []
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: (about: object) => void lines.push(about) }
  const notes = noting({ store: undefined as never, clock, log })
  const outage = Object.assign(new Error('gone'), { code: 'ECONNRESET' })
  for (let n = 0; n < 1000; n++) {
    notes.broken(outage)
    notes.broken(new TypeError('a defect'))
  }
  expect(lines).toMatchObject([{ packets: 1 }, { packets: 1 }])
  await clock.jump(60_000)
  notes.broken(outage)
  expect(lines.slice(2)).toEqual([{ err: outage, packets: 1000 }])
})
