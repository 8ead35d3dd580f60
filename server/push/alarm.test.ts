import { expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { Alarm } from './alarm.ts'

it('ends a sleep at its time', async () => {
  const clock = new ManualClock(0)
  const alarm = new Alarm(clock)
  const woken = alarm.sleep(100).then(() => clock.now())
  await clock.advance(500)
  expect(await woken).toBe(100)
})

it('ends a sleep at once when called, and the next one when called between the two', async () => {
  const clock = new ManualClock(0)
  const alarm = new Alarm(clock)
  const first = alarm.sleep(100)
  alarm.wake()
  await first
  alarm.wake()
  await alarm.sleep(100)
  const third = alarm.sleep(100)
  expect(clock.waiting).toBe(1)
  await clock.advance(100)
  await third
})
