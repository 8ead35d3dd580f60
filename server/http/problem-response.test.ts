// What the log hears of what went wrong, and what of it the caller is told.
import { Hono } from 'hono'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { Problem } from '../../protocol/problems.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { room } from '../overload/room.ts'
import type { Env } from './env.ts'
import { onError } from './problem-response.ts'

/** @returns the status of so many calls that end so, and what was logged */
async function call(ends: () => void, times = 1) {
  const lines: string[] = []
  const log = pino({ level: 'debug', base: undefined }, { write: (line: string) => lines.push(line) })
  const app = new Hono<Env>()
  app.onError(onError({ log, clock: new ManualClock(), stopping: new AbortController().signal }))
  app.get('/', (c) => {
    ends()
    return c.body(null, 204)
  })
  for (let n = 1; n < times; n++) await app.request('/')
  const answer = await app.request('/')
  return {
    status: answer.status,
    said: lines.map((line) => JSON.parse(line)),
    retry: answer.headers.get('Retry-After'),
  }
}

it('says of each refusal what it was, as loudly as it deserves', async () => {
  const { status, said } = await call(() => {
    throw new Problem('forbidden')
  })
  expect(status).toBe(403)
  expect(said).toEqual([expect.objectContaining({ level: 40, problem: 'forbidden', msg: 'refused' })])
})

it('says nothing of those who find no room: the room tells, once in a while', async () => {
  const { status, said, retry } = await call(() => void room(0).enter('somebody'))
  expect([status, retry, said]).toEqual([503, '1', []])
})

it('says of a defect all it knows, and tells the caller nothing of it', async () => {
  const { status, said } = await call(() => {
    throw new TypeError('secret place')
  })
  expect(status).toBe(500)
  expect(said).toEqual([expect.objectContaining({ level: 50, msg: 'defect' })])
})

it('says of a store that is away that it is, and when to come back', async () => {
  const { status, said, retry } = await call(() => {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  })
  expect([status, retry]).toEqual([503, '1'])
  expect(said).toEqual([expect.objectContaining({ level: 50, msg: 'the store can’t be used' })])
})

it('hides no defect behind a thousand of another sort at the same address', async () => {
  let calls = 0
  const { said } = await call(() => {
    calls += 1
    throw calls > 1000 ? new RangeError('seldom') : new TypeError('whenever somebody likes')
  }, 1001)
  expect(said).toHaveLength(101)
  expect(said.at(-1)).toMatchObject({ msg: 'defect', err: { message: 'seldom' } })
})
