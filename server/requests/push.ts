// What the life of a request asks of delivery; server/push provides it.
import type { DeviceId, RequestId } from '../../protocol/ids.ts'
import type { Db, Target } from '../store/schema.ts'
import { targetsOf } from './rows.ts'
import type { RequestRow } from './state.ts'

export type PushWish = { kind: 'login-request' | 'settled'; device: DeviceId; request: RequestId; expiresAt: number }

export type Push<Job = unknown> = {
  /** Inside the transaction that makes the push true: it is sent if, and only if, that commits. */
  enqueue(tx: Db, wishes: readonly PushWish[]): Promise<Job[]>
  /** After the commit: send now, without asking the store what is due. */
  dispatch(jobs: readonly Job[]): void
}

/** A replaced notification may still be worth a minute's delivery. */
const SETTLED_TTL = 60_000

/** Devices that show this request and did not decide it. */
export function settledWishes(row: RequestRow, now: number): PushWish[] {
  const shown = new Set(targetsOf(row).map((target: Target) => target.device))
  return [...shown]
    .filter((device) => device !== row.decided_by_device)
    .map((device) => ({ kind: 'settled', device, request: row.id, expiresAt: now + SETTLED_TTL }))
}
