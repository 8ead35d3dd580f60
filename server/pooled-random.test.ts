import { randomFillSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { pooledRandom } from './pooled-random.ts'

it('never hands the same bytes out twice, and gives exactly as many as were asked for', () => {
  let fills = 0
  const random = pooledRandom((pool) => {
    fills++
    randomFillSync(pool)
  })
  const seen = new Set<string>()
  for (let i = 0; i < 2000; i++) {
    const bytes = random(16)
    expect(bytes).toHaveLength(16)
    seen.add(Buffer.from(bytes).toString('hex'))
  }
  expect(seen.size).toBe(2000)
  expect(fills).toBe(8)
  expect(random(10_000)).toHaveLength(10_000)
})

it('fills again rather than give what is left short', () => {
  let next = 0
  const random = pooledRandom((pool) => pool.fill(++next))
  expect(random(4000)[3999]).toBe(1)
  expect([...random(100)]).toEqual(Array(100).fill(2))
})
