import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import type { Env } from '../http/env.ts'
import type { Store } from '../store/store.ts'
import { fairShare } from './share.ts'

it('what no person opens begins no sign-in, and uses up nothing', async () => {
  const share = { count: 2, seconds: 60 }
  const limits = { authorizationsPerAddress: share, oidcCallsPerAddress: share }
  const store = { engine: 'sqlite' } as Store
  const app = new Hono<Env>()
  app.use(fairShare({ store, clock: new ManualClock(), addressOf: () => 'an office', limits }))
  app.all('/oidc/auth', (c) => c.text('began'))
  const from = async (headers: Record<string, string>, method = 'GET') =>
    (await app.request('/oidc/auth', { method, headers })).status
  for (const mode of ['no-cors', 'cors', 'same-origin', 'websocket'])
    for (const method of ['GET', 'POST']) {
      const page = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode }
      expect(await from(page, method)).toBe(400)
    }
  const ahead = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-purpose': 'prefetch;prerender' }
  expect(await from(ahead)).toBe(400)
  for (const frame of ['iframe', 'object'])
    expect(await from({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': frame })).toBe(
      200,
    )
  const hidden = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }
  expect(await from(hidden)).toBe(429)
  const opened = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  expect([await from(opened), await from({}, 'POST'), await from({ 'sec-fetch-mode': 'cors' })]).toEqual([
    200, 200, 429,
  ])
})
