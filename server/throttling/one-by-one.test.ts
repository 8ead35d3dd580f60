import { expect, it } from 'vitest'
import { oneByOne } from './one-by-one.ts'

it('serves one of a name at a time in their order, others beside them, and keeps only so many waiting', async () => {
  const { inTurn } = oneByOne(3)
  const began: string[] = []
  const ends: (() => void)[] = []
  const work = (what: string) => () =>
    new Promise<string>((resolve) => {
      began.push(what)
      ends.push(() => resolve(what))
    })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const answers = ['1', '2', '3'].map((what) => inTurn('a', work(what)))
  expect(inTurn('a', work('4'))).toBeUndefined()
  void inTurn('b', work('b'))
  await turn()
  expect(began).toEqual(['1', 'b'])
  ends[0]?.()
  expect(await answers[0]).toBe('1')
  await turn()
  expect(began).toEqual(['1', 'b', '2'])
  expect(inTurn('a', work('5'))).toBeDefined()
})

it('goes on after what failed', async () => {
  const { inTurn } = oneByOne(2)
  const failed = inTurn('a', () => Promise.reject(new Error('the store is away')))
  const next = inTurn('a', async () => 'next')
  await expect(failed).rejects.toThrow('away')
  expect(await next).toBe('next')
})
