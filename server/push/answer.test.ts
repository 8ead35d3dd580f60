import { describe, expect, it } from 'vitest'
import { answerOf } from './answer.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const answer = (status: number, about: { retryAfter?: string; keyIsCurrent?: boolean } = {}) =>
  answerOf({ status, retryAfter: undefined, now, keyIsCurrent: true, ...about })

describe('a push service that answers', () => {
  it.each([
    [200, 'accepted'],
    [201, 'accepted'],
    [202, 'accepted'],
    [301, 'refused'],
    [307, 'refused'],
    [400, 'refused'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'gone'],
    [408, 'retry'],
    [410, 'gone'],
    [413, 'refused'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('%i: %s', (status, kind) => {
    expect(answer(status)).toEqual({ kind, status })
  })

  it.each([401, 403])('%i to a key that is no longer the current one has ended the subscription', (status) => {
    expect(answer(status, { keyIsCurrent: false })).toEqual({ kind: 'stale-key', status })
  })

  it.each([
    ['seconds', '7', now + 7000],
    ['a date', 'Thu, 01 Jan 2026 00:00:09 GMT', now + 9000],
    ['nonsense', 'soon', undefined],
  ])('names a time for the next try in %s', (_, retryAfter, notBefore) => {
    const expected = { kind: 'retry', ...(notBefore !== undefined && { notBefore }) }
    expect(answer(429, { retryAfter })).toEqual({ ...expected, status: 429 })
    expect(answer(503, { retryAfter })).toEqual({ ...expected, status: 503 })
  })
})
