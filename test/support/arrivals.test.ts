import { expect, it } from 'vitest'
import { Arrivals } from './arrivals.ts'

it('hands out what came before and what comes after the question, each once', async () => {
  const arrivals = new Arrivals<number>('number')
  arrivals.add(1)
  expect(await arrivals.next()).toBe(1)
  const even = arrivals.next((n) => n % 2 === 0)
  arrivals.add(3)
  arrivals.add(4)
  expect(await even).toBe(4)
  expect(await arrivals.next()).toBe(3)
  expect(arrivals.all).toEqual([1, 3, 4])
})

it('says what came instead when it gives up', async () => {
  const arrivals = new Arrivals<number>('number')
  arrivals.add(1)
  await expect(arrivals.next((n) => n > 1, { within: 1 })).rejects.toThrow('Others: 1')
})
