import { expect, test } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { within } from './within.ts'

const never = () => new Promise<never>(() => undefined)
const late = () => new Error('late')

test('what is done in time is given, and leaves no wait behind', async () => {
  const clock = new ManualClock()
  expect(await within(clock, 10, async () => 'done', late)).toBe('done')
  expect(clock.waiting).toBe(0)
})

test('what fails in time fails as it did', async () => {
  const failing = within(new ManualClock(), 10, () => Promise.reject(new Error('broken')), late)
  await expect(failing).rejects.toThrow('broken')
})

test('what takes longer is given up, and told so', async () => {
  const clock = new ManualClock()
  let told: unknown
  const work = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => (told = signal.reason))
    return never()
  }
  const ended = expect(within(clock, 10, work, late)).rejects.toThrow('late')
  await clock.advance(10)
  await ended
  expect(told).toEqual(late())
})

test('a signal ends it at once, whether or not the work listens', async () => {
  const stop = new AbortController()
  const ended = expect(within(new ManualClock(), 10, never, late, stop.signal)).rejects.toThrow('stopped')
  stop.abort(new Error('stopped'))
  await ended
  await expect(within(new ManualClock(), 10, never, late, stop.signal)).rejects.toThrow('stopped')
})
