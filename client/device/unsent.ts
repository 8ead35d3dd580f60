// Decisions that nobody has answered yet: sent again until the request has ended.
import { REPORT_WINDOW_MS } from '../../protocol/decision.ts'
import type { Decided } from '../../protocol/device-api.ts'
import type { RequestId } from '../../protocol/ids.ts'
import { deliver } from './decide.ts'
import type { Device } from './device.ts'
import { DeviceError } from './errors.ts'
import { isOnItsWay } from './on-its-way.ts'
import type { Unsent } from './schema.ts'
import type { DeviceStore } from './store.ts'

export type Retried = { unsent: Unsent } & (
  | { outcome: 'decided'; decided: Decided }
  | { outcome: 'refused'; error: DeviceError }
  /** worth another try */
  | { outcome: 'waiting' }
  /** the request has ended and nobody ever answered; said once */
  | { outcome: 'over' }
)

/** One try for each of them that nobody is sending just now. */
export async function retryUnsent(device: Device): Promise<Retried[]> {
  const retried: Retried[] = []
  for (const unsent of await device.store.all('unsent')) {
    if (await isOnItsWay(unsent)) continue
    // Answered since it was read.
    if ((await device.store.get('unsent', unsent.request.id))?.id !== unsent.id) continue
    const result = await retry(device, unsent)
    if (result) retried.push(result)
  }
  return retried
}

/** A decision on this request that still waits for its answer, and may yet get it in time. */
export async function unsentFor(store: DeviceStore, request: RequestId): Promise<Unsent | undefined> {
  const unsent = await store.get('unsent', request)
  return unsent?.over ? undefined : unsent
}

/** Whether its person still looks at the sheet, and is told there. */
export async function markSeen(store: DeviceStore, request: RequestId, seen: boolean): Promise<void> {
  const unsent = await store.get('unsent', request)
  if (unsent && (unsent.left === true) === seen)
    await store.write({ put: 'unsent', key: request, value: { ...unsent, left: !seen } })
}

async function retry(device: Device, unsent: Unsent): Promise<Retried | undefined> {
  const tried = await tryOnce(device, unsent)
  if (tried.outcome !== 'waiting') return tried
  const sinceEnd = device.clock.now() - endOf(unsent)
  if (sinceEnd < 0) return tried
  // Answered or replaced meanwhile, by a page of this device.
  const kept = await device.store.get('unsent', unsent.request.id)
  if (kept?.id !== unsent.id) return undefined
  // It may have arrived although its answer never did, so for a while more we go on asking, and can still tell the truth.
  if (sinceEnd >= REPORT_WINDOW_MS) await device.store.write({ drop: 'unsent', key: unsent.request.id })
  else await device.store.write({ put: 'unsent', key: unsent.request.id, value: { ...kept, over: true } })
  return unsent.over ? undefined : { unsent, outcome: 'over' }
}

async function tryOnce(device: Device, unsent: Unsent): Promise<Retried> {
  try {
    const outcome = await deliver(device, unsent)
    return outcome.sent ? { unsent, outcome: 'decided', decided: outcome.decided } : { unsent, outcome: 'waiting' }
  } catch (error) {
    if (error instanceof DeviceError) return { unsent, outcome: 'refused', error }
    throw error
  }
}

/** A report is still taken when its request has ended. */
function endOf({ request, verdict }: Unsent): number {
  return Date.parse(request.expiresAt) + (verdict === 'report' ? REPORT_WINDOW_MS : 0)
}
