// Decisions of the last ten minutes: what may still be reported, and what calls for caution.
import { REPORT_WINDOW_MS } from '../../protocol/decision.ts'
import type { RequestId } from '../../protocol/ids.ts'
import { usernameKey } from '../../protocol/text.ts'
import type { RecentDecision } from './schema.ts'
import type { Change, DeviceStore } from './store.ts'

export async function recentDecisions(store: DeviceStore, now: number): Promise<RecentDecision[]> {
  return (await store.all('recent')).filter(({ at }) => now - at < REPORT_WINDOW_MS)
}

export async function recentDecision(store: DeviceStore, request: RequestId): Promise<RecentDecision | undefined> {
  return store.get('recent', request)
}

/** What this device has reported of late. */
export async function reportedHere(store: DeviceStore): Promise<ReadonlySet<RequestId>> {
  const recent = await store.all('recent')
  return new Set(recent.filter(({ verdict }) => verdict === 'report').map(({ request }) => request.id))
}

/** Makes room as it goes: nothing older than ten minutes stays. */
export async function rememberDecision(store: DeviceStore, decision: RecentDecision): Promise<Change[]> {
  const earlier = await store.all('recent')
  // An answer that comes late, or once more, takes nothing back.
  if (decision.verdict !== 'report' && earlier.some((other) => isSame(other, decision) && other.verdict === 'report'))
    return []
  const old = earlier.filter((other) => decision.at - other.at >= REPORT_WINDOW_MS || mayBeUndone(other, decision))
  return [
    ...old.map(({ request }): Change => ({ drop: 'recent', key: request.id })),
    { put: 'recent', key: decision.request.id, value: decision },
  ]
}

function isSame({ request }: RecentDecision, other: RecentDecision): boolean {
  return request.id === other.request.id
}

/** A report undoes this user's approvals that nobody has redeemed yet: which, only the server knows. */
function mayBeUndone({ verdict, request }: RecentDecision, by: RecentDecision): boolean {
  return (
    by.verdict === 'report' &&
    verdict === 'approve' &&
    usernameKey(request.username) === usernameKey(by.request.username)
  )
}
