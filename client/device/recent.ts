// Decisions of the last ten minutes: what may still be reported, and what calls for caution.
import { REPORT_WINDOW_MS } from '../../protocol/decision.ts'
import type { RequestId } from '../../protocol/ids.ts'
import type { RecentDecision } from './schema.ts'
import type { Change, DeviceStore } from './store.ts'

export async function recentDecisions(store: DeviceStore, now: number): Promise<RecentDecision[]> {
  return (await store.all('recent')).filter(({ at }) => now - at < REPORT_WINDOW_MS)
}

export async function recentDecision(store: DeviceStore, request: RequestId): Promise<RecentDecision | undefined> {
  return store.get('recent', request)
}

/** Makes room as it goes: nothing older than ten minutes stays. */
export async function rememberDecision(store: DeviceStore, decision: RecentDecision): Promise<Change[]> {
  const old = (await store.all('recent')).filter(({ at }) => decision.at - at >= REPORT_WINDOW_MS)
  return [
    ...old.map(({ request }): Change => ({ drop: 'recent', key: request.id })),
    { put: 'recent', key: decision.request.id, value: decision },
  ]
}
