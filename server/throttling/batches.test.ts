import { expect, it } from 'vitest'
import { inBatches } from './batches.ts'

function lookUps() {
  const left: { asked: readonly string[]; answer: () => void; fail: (error: Error) => void }[] = []
  const lookUp = (asked: readonly string[]) =>
    new Promise<ReadonlyMap<string, string>>((resolve, fail) => {
      const found = asked.filter((one) => one.startsWith('right'))
      left.push({ asked, answer: () => resolve(new Map(found.map((one) => [one, `${one} found`]))), fail })
    })
  return { left, lookUp }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('looks up all of a name that wait at once, others beside them, and keeps only so many waiting', async () => {
  const { left, lookUp } = lookUps()
  const { find } = inBatches(3, lookUp)
  const first = find('a', 'right 1')
  await turn()
  const next = ['2', 'right 3', '4'].map((one) => find('a', one))
  expect(find('a', 'right 5')).toBeUndefined()
  void find('b', '6')
  await turn()
  expect(left.map(({ asked }) => asked)).toEqual([['right 1'], ['6']])
  left[0]?.answer()
  expect(await first).toBe('right 1 found')
  await turn()
  expect(left[2]?.asked).toEqual(['2', 'right 3', '4'])
  const last = find('a', 'right 7')
  left[2]?.answer()
  expect(await Promise.all(next)).toEqual([undefined, 'right 3 found', undefined])
  await turn()
  left[3]?.answer()
  expect(await last).toBe('right 7 found')
})

it('goes on after what failed', async () => {
  const { left, lookUp } = lookUps()
  const { find } = inBatches(2, lookUp)
  const failed = find('a', 'right 1')
  await turn()
  const next = find('a', 'right 2')
  left[0]?.fail(new Error('the store is away'))
  await expect(failed).rejects.toThrow('away')
  await turn()
  left[1]?.answer()
  expect(await next).toBe('right 2 found')
})
