// What a transaction announces leaves in as few notices as PostgreSQL takes it in, and each process hears all of it.
import { expect, inject, it } from 'vitest'
import { ENGINES } from '../../test/support/engines.ts'
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts'
import { notices } from './notices.ts'
import { openPostgres } from './postgres.ts'
import type { Topic } from './store.ts'

const SELF = '5f0c6f1e-8d5e-4e0e-9d39-7b3c6f0f9f64'
/** As long as they are. */
const requests = (count: number): Topic[] =>
  Array.from({ length: count }, (_, n) => `request:req_${String(n).padStart(26, '0')}` as const)

it('few topics are one notice, none are none', () => {
  expect(notices(SELF, [])).toEqual([])
  expect(notices(SELF, ['policies', 'outbox'])).toEqual([`${SELF} policies outbox`])
})

it('many topics leave in as few notices as fit, each of which says who announces', () => {
  const topics = requests(1000)
  const told = notices(SELF, topics)
  expect(told.flatMap((notice) => notice.split(' ').slice(1))).toEqual(topics)
  for (const [at, notice] of told.entries()) {
    expect(notice.split(' ')[0]).toBe(SELF)
    expect(Buffer.byteLength(notice)).toBeLessThan(8000)
    const next = told[at + 1]?.split(' ')[1]
    if (next) expect(Buffer.byteLength(`${notice} ${next}`)).toBeGreaterThanOrEqual(8000)
  }
})

it.runIf(ENGINES.includes('postgres')).each(['write', 'writeTogether'] as const)(
  'another process hears of more topics than one notice holds, by %s',
  async (way) => {
    const url = await createDatabase(inject('postgresUrl'))
    const [one, other] = [await openPostgres(url), await openPostgres(url)]
    try {
      const topics = requests(500)
      const heard = new Set<Topic>()
      for (const topic of topics) other.subscribe(topic, () => heard.add(topic))
      if (way === 'write') await one.write(async (_tx, announce) => topics.forEach(announce))
      else
        await one.writeTogether((tx, announce) => [
          topics.forEach(announce),
          tx.selectFrom('users').select('id').execute(),
        ])
      await expect.poll(() => heard.size).toBe(topics.length)
    } finally {
      await other.close()
      await one.close()
      await dropDatabase(url)
    }
  },
)
