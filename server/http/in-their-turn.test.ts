// What waits for its turn, by which name, and what waits for nothing.
import { EventEmitter } from 'node:events'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import type { ApplicationId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Env } from './env.ts'
import { inTheirTurn } from './in-their-turn.ts'
import { problemResponse } from './problem-response.ts'

const KEY = { authorization: 'Bearer csk_harbour' }

/** A door whose turns come when a test says so. */
function door() {
  const waiting: { who: string; begin: () => void }[] = []
  const ran: string[] = []
  const app = new Hono<Env>()
  const needs = {
    light: (who: string, leaving: (left: () => void) => void) =>
      new Promise<void>((begin) => {
        waiting.push({ who, begin })
        leaving(() => void waiting.pop())
      }),
    applicationKeys: { lastKnown: (key: string) => (key === 'csk_harbour' ? ('app_1' as ApplicationId) : undefined) },
    addressOf: (c: { req: { header(name: string): string | undefined } }) => {
      const from = c.req.header('x-from')
      if (from === undefined) throw new Problem('malformed')
      return from
    },
  }
  app.onError((error) => problemResponse(error as Problem))
  app.use('*', inTheirTurn(needs as Parameters<typeof inTheirTurn>[0], ['/healthz']))
  app.all('/:status', (c) => {
    ran.push(`${c.req.method} ${c.req.path}`)
    const status = c.req.param('status')
    if (status === 'refused') throw new Problem('unknown-request')
    if (status === 'full') throw new Problem('unavailable')
    return c.text('')
  })
  const outgoing = new EventEmitter()
  const asks = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const answer = Promise.resolve(app.request(path, { method, headers }, { outgoing }))
    const first = await Promise.race([answer, new Promise((resolve) => setImmediate(resolve))])
    return { isAnswered: first !== undefined, answer }
  }
  return { asks, waiting, ran, outgoing }
}

it('is reading, before it begins: of an application by its id, of anybody else by their address', async () => {
  const { asks, waiting, ran } = door()
  const [first] = [await asks('GET', '/fine', KEY)]
  await asks('GET', '/fine', { authorization: 'Bearer csk_nobody', 'x-from': '192.0.2.7' })
  await asks('HEAD', '/fine', { 'x-from': '2001:db8::7' })
  await asks('GET', '/fine')
  expect(waiting.map(({ who }) => who)).toEqual(['app_1', '192.0.2.7', '2001:db8::', ''])
  expect([first.isAnswered, ran]).toEqual([false, []])
  waiting[0]?.begin()
  expect((await first.answer).status).toBe(200)
  expect(ran).toEqual(['GET /fine'])
})

it('is what is refused, before it is answered: whoever sends the next has to wait for it', async () => {
  const { asks, waiting, ran } = door()
  const refused = await asks('POST', '/refused', KEY)
  expect([refused.isAnswered, ran]).toEqual([false, ['POST /refused']])
  expect(waiting.map(({ who }) => who)).toEqual(['app_1'])
  waiting[0]?.begin()
  expect((await refused.answer).status).toBe(404)
})

it('is neither what goes well, nor what finds no room, nor how a process is', async () => {
  const { asks, waiting } = door()
  for (const [method, path] of [
    ['POST', '/fine'],
    ['POST', '/full'],
    ['GET', '/healthz'],
  ] as const)
    expect((await asks(method, path, KEY)).isAnswered).toBe(true)
  expect(waiting).toEqual([])
})

it('is nothing of those who are gone', async () => {
  const { asks, waiting, outgoing } = door()
  await asks('GET', '/fine', KEY)
  await asks('POST', '/refused', KEY)
  expect(waiting).toHaveLength(2)
  outgoing.emit('close')
  expect(waiting).toEqual([])
})
