import { expect, it } from 'vitest'
import { Lanes } from './lanes.ts'

type Job = { name: string; end: () => void; ended: Promise<void> }

const job = (name: string): Job => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { name, end: resolve, ended: promise }
}
const jobs = (...names: string[]) => names.map(job)
const turn = () => new Promise((resolve) => setImmediate(resolve))

const lanesOf = (limits: { perLane: number; overall: number }) => {
  const begun: string[] = []
  const lanes = new Lanes<Job>(limits, ({ name, ended }) => {
    begun.push(name)
    return ended
  })
  return { begun, lanes }
}

it('lets others pass a lane that is full', () => {
  const { begun, lanes } = lanesOf({ perLane: 2, overall: 10 })
  for (const item of jobs('slow 1', 'slow 2', 'slow 3', 'slow 4')) lanes.add('slow', item)
  lanes.add('quick', job('quick 1'))
  expect(begun).toEqual(['slow 1', 'slow 2', 'quick 1'])
})

it('goes on in turns, a lane after the other, in the order of each', async () => {
  const { begun, lanes } = lanesOf({ perLane: 10, overall: 1 })
  const all = new Map(jobs('a1', 'a2', 'a3', 'b1', 'b2').map((item) => [item.name, item]))
  for (const [name, item] of all) lanes.add(name.charAt(0), item)
  for (let done = 0; done < all.size; done++) {
    all.get(begun[done] ?? '')?.end()
    await turn()
  }
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'b2'])
  await lanes.idle()
})

it('hands back what has not begun, and is idle when the rest has ended', async () => {
  const { begun, lanes } = lanesOf({ perLane: 1, overall: 10 })
  const [first, second, other] = [job('first'), job('second'), job('other')]
  lanes.add('a', first)
  lanes.add('a', second)
  lanes.add('b', other)
  expect(lanes.drain()).toEqual([second])
  let isIdle = false
  void lanes.idle().then(() => {
    isIdle = true
  })
  first.end()
  await turn()
  expect(isIdle).toBe(false)
  other.end()
  await turn()
  expect(isIdle).toBe(true)
  expect(begun).toEqual(['first', 'other'])
})
