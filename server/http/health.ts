// Whether the process lives, and whether it can do its work.
import { Hono } from 'hono'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import { Deaf, type Store } from '../store/store.ts'
import type { Env } from './env.ts'

export const HEALTH_PATHS = ['/healthz', '/readyz']

/** A store that says nothing for so long is not there. */
const STORE_ANSWERS_WITHIN_MS = 3000
/** Below it the store would soon refuse to write. */
const LEAST_FREE_BYTES = 32 * 1024 * 1024

/** What is over at one process and not at another: proofs, requests and sessions of whoever signs in. */
const MOST_APART_MS = 30_000

export type HealthNeeds = {
  store: Store
  clock: Clock
  stopping: AbortSignal
  /** of the disk that the embedded store is on; rejects where its folder can't be found or looked at */
  freeBytes: () => Promise<number>
}

type Reason = 'stopping' | 'store' | 'newer-store' | 'deaf' | 'data-folder' | 'disk' | 'clock'

export function health(needs: HealthNeeds): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get('/healthz', (c) => c.json({ ok: true }))
  routes.get('/readyz', async (c) => {
    const reason = await unready(needs)
    return reason ? c.json({ ok: false, reason }, 503) : c.json({ ok: true })
  })
  return routes
}

/** Why calls should go to another process; undefined where nothing stands against this one. */
async function unready({ store, clock, stopping, freeBytes }: HealthNeeds): Promise<Reason | undefined> {
  if (stopping.aborted) return 'stopping'
  const answered = new AbortController()
  try {
    const late = clock.after(STORE_ANSWERS_WITHIN_MS, answered.signal).then(() => 'store' as const)
    late.catch(() => undefined)
    const fault = await Promise.race([store.ping(), late])
    if (fault) return fault
  } catch (error) {
    if (error instanceof Deaf) return 'deaf'
    return error instanceof Problem ? 'newer-store' : 'store'
  } finally {
    answered.abort()
  }
  if (Math.abs(store.clockAhead()) > MOST_APART_MS) return 'clock'
  const free = await freeBytes().catch(() => undefined)
  if (free === undefined) return 'data-folder'
  return free < LEAST_FREE_BYTES ? 'disk' : undefined
}
