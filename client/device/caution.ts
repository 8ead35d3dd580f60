// When several sign-ins ask at once, or one was denied a moment ago, someone may be trying to wear a person down
// (push fatigue): then nothing is approved by a single press.
import { CAUTION_MS } from '../../protocol/decision.ts'
import type { DeviceRequest, HistoryEntry } from '../../protocol/device-api.ts'
import { usernameKey } from '../../protocol/text.ts'
import { recentDecisions } from './recent.ts'
import type { RecentDecision } from './schema.ts'
import type { DeviceStore } from './store.ts'

export type Situation = { pending: DeviceRequest[]; recent: RecentDecision[]; history: HistoryEntry[] }
type Asked = Pick<DeviceRequest, 'id' | 'username'>

export async function situation(store: DeviceStore, now: number): Promise<Situation> {
  const [pending, recent, history] = await Promise.all([
    store.all('requests'),
    recentDecisions(store, now),
    store.all('history'),
  ])
  return { pending, recent, history }
}

/** @param now server time */
export function callsForCaution(asked: Asked, { pending, recent, history }: Situation, now: number): boolean {
  const sameUser = (other: Asked) =>
    other.id !== asked.id && usernameKey(other.username) === usernameKey(asked.username)
  return (
    pending.some((other) => sameUser(other) && Date.parse(other.expiresAt) > now) ||
    recent.some(({ request, verdict, at }) => sameUser(request) && verdict !== 'approve' && isRecent(at, now)) ||
    history.some((entry) => sameUser(entry) && entry.state === 'denied' && isRecent(Date.parse(entry.settledAt), now))
  )
}

function isRecent(at: number, now: number): boolean {
  return now - at < CAUTION_MS
}
