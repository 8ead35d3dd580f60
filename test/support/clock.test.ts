import { expect, it } from 'vitest'
import { ManualClock } from './clock.ts'

it('ends waits in the order of their time, each at its own moment', async () => {
  const clock = new ManualClock(1000)
  const seen: [string, number][] = []
  void clock.after(20).then(() => seen.push(['late', clock.now()]))
  void clock.after(10).then(() => seen.push(['early', clock.now()]))
  await clock.advance(19)
  expect(seen).toEqual([['early', 1010]])
  await clock.advance(1)
  expect(seen).toEqual([
    ['early', 1010],
    ['late', 1020],
  ])
  expect(clock.now()).toBe(1020)
})

it('lets a loop of waits take all its turns in one advance', async () => {
  const clock = new ManualClock(0)
  const ticks: number[] = []
  const loop = async () => {
    while (ticks.length < 3) {
      await clock.after(15)
      ticks.push(clock.now())
    }
  }
  const done = loop()
  await clock.advance(60)
  await done
  expect(ticks).toEqual([15, 30, 45])
})

it('rejects a wait with the reason of its signal', async () => {
  const clock = new ManualClock()
  const stop = new AbortController()
  const wait = clock.after(1000, stop.signal)
  stop.abort(new Error('closed'))
  await expect(wait).rejects.toThrow('closed')
  expect(clock.waiting).toBe(0)
  await expect(clock.after(1, stop.signal)).rejects.toThrow('closed')
})

it('tells when the code under test has come to its pause', async () => {
  const clock = new ManualClock(0)
  const paused = clock.whenWaiting(2)
  void clock.after(1)
  void clock.after(2)
  await paused
  expect(clock.waiting).toBe(2)
})

it('jumps: what is due by then ends together, late', async () => {
  const clock = new ManualClock(0)
  const ended: number[] = []
  for (const ms of [1, 50]) void clock.after(ms).then(() => ended.push(clock.now()))
  void clock.after(101).then(() => ended.push(-1))
  await clock.jump(100)
  expect(ended).toEqual([100, 100])
})

it('tells when somebody has begun to wait for so long, whoever else waits', async () => {
  const clock = new ManualClock(0)
  void clock.after(30)
  await clock.advance(10)
  let told = false
  const waiting = clock.whenWaitingFor(30).then(() => {
    told = true
  })
  void clock.after(20)
  await clock.advance(0)
  expect(told).toBe(false)
  void clock.after(30)
  await waiting
  expect(told).toBe(true)
})
