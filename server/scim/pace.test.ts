import { expect, it } from 'vitest'
import { pace } from './pace.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const refused = (retryAfter: string) =>
  expect.objectContaining({ slug: 'too-many-requests', headers: { 'Retry-After': retryAfter } })

it('begins anew when its time is over, or the clock was set back by more than that', () => {
  const count = pace({ count: 2, seconds: 60 })
  const now = 2 * HOUR
  for (const at of [now, now + 10 * SECOND]) count('a', at)
  expect(() => count('a', now + 20 * SECOND)).toThrow(refused('40'))
  expect(() => count('a', now - SECOND)).toThrow(refused('60'))
  count('b', now)
  for (const at of [now - HOUR, now - HOUR]) count('a', at)
  expect(() => count('a', now - HOUR)).toThrow(refused('60'))
  count('a', now - HOUR + 60 * SECOND)
})
