// Whether the process lives, and whether it can do its work.
import { Hono } from 'hono'
import type { Store } from '../store/store.ts'
import type { Env } from './env.ts'

export const HEALTH_PATHS = ['/healthz', '/readyz']

export function health({ store, stopping }: { store: Store; stopping: AbortSignal }): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get('/healthz', (c) => c.json({ ok: true }))
  routes.get('/readyz', async (c) => {
    if (stopping.aborted) return c.json({ ok: false, reason: 'stopping' }, 503)
    try {
      await store.ping()
      return c.json({ ok: true })
    } catch {
      return c.json({ ok: false, reason: 'store' }, 503)
    }
  })
  return routes
}
