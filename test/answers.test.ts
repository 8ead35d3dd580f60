// What our own programs read of what answers them, or is posted to them: anything may stand where the server was.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createClient, ProblemError, UnreachableError } from '../client/application/index.ts'
import { pageMessage, workerMessage } from '../client/device/index.ts'
import { tried, triedInTurn } from './support/fuzzing.ts'
import { hostile } from './support/near-valid.ts'

const REQUEST = 'req_0mqf1y0s4ybnf57js0bq59vaeh'
const QUICK = { call: 5, firstWord: 100, silence: 100, backOff: 0, patience: 0 }

describe('the client for applications', () => {
  const state = fc.record(
    { id: hostile, secret: hostile, state: hostile, version: hostile, status: hostile },
    { requiredKeys: [] },
  )
  const said = fc.oneof(
    { weight: 6, arbitrary: fc.oneof(state, hostile).map((value) => JSON.stringify(value)) },
    fc.oneof(state, hostile).map((value) => `event: state\ndata: ${JSON.stringify(value)}\n\n`),
    fc.string(),
  )
  const answer = fc.record({
    said,
    status: fc.constantFrom(200, 201, 204, 301, 400, 404, 429, 500, 503),
    type: fc.constantFrom('application/json', 'application/problem+json', 'text/event-stream', 'text/html', ''),
  })

  it('understands what answers, or says that it was refused or is out of reach', async () => {
    await triedInTurn(
      answer,
      async ({ said, status, type }) => {
        const fetch = async () =>
          new Response(status === 204 ? null : said, { status, headers: { 'content-type': type } })
        const client = createClient({ url: 'https://login.example', apiKey: 'csk_x', fetch, timing: QUICK })
        const request = client.resume({ id: REQUEST, secret: 's' })
        const asked = [
          () => client.start({ username: 'alice' }),
          () => client.verify({ username: 'alice', passcode: '123456' }),
          () => request.read(),
          () => request.wait(),
          () => request.redeem(),
          () => request.cancel(),
        ]
        for (const ask of asked) {
          const error: unknown = await ask().then(
            () => undefined,
            (fault: unknown) => fault,
          )
          if (error !== undefined && !(error instanceof ProblemError)) expect(error).toBeInstanceOf(UnreachableError)
        }
      },
      300,
    )
  })
})

describe('what page and worker tell each other', () => {
  it('is one of what they know, or nothing', () => {
    const type = fc.constantFrom('open-request', 'requests-changed', 'SKIP_WAITING', 'tidy', '__proto__')
    const message = fc.record(
      { type, request: hostile, ended: fc.oneof(fc.array(hostile), hostile) },
      { requiredKeys: ['type'] },
    )
    tried(fc.oneof(message, hostile), (posted) => {
      for (const schema of [pageMessage, workerMessage]) {
        const { success, data } = schema.safeParse(posted)
        if (success) expect(data.type).toBe((posted as { type: string }).type)
        if (success && 'ended' in data) for (const id of data.ended) expect(id).toMatch(/^req_/)
      }
    })
  })
})
