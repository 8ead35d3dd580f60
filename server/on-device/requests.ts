// What one device may see: requests that were sent to it, for tokens it still holds.
import type { DeviceRequest, HistoryEntry } from '../../protocol/device-api.ts'
import type { DeviceId, RequestId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import { pendingAtHolders, requestRow, settledRequests, targetsOn } from '../requests/rows.ts'
import { asOf, type RequestRow } from '../requests/state.ts'
import { deviceView, historyView } from '../requests/views.ts'
import { paged, timeIn } from '../store/cursor.ts'
import type { Store } from '../store/store.ts'
import { holdings } from './holdings.ts'

export type OnDeviceNeeds = { store: Store; clock: Clock }

const PAGE = 50

/** Newest first. */
export async function pendingOnDevice({ store, clock }: OnDeviceNeeds, device: DeviceId): Promise<DeviceRequest[]> {
  const [{ active }, rows] = await Promise.all([
    holdings(store.read, device),
    pendingAtHolders(store.read, device, clock.now()),
  ])
  return rows.flatMap((row) => viewOn(row, device, active))
}

/** @throws {Problem} unknown-request, for anyone else's and for one that no longer waits too */
export async function requestOnDevice(
  { store, clock }: OnDeviceNeeds,
  device: DeviceId,
  id: RequestId,
): Promise<DeviceRequest> {
  const row = await requestRow(store.read, id)
  const { active } = await holdings(store.read, device)
  const view = row && asOf(row, clock.now()).state === 'pending' ? viewOn(row, device, active)[0] : undefined
  if (!view) throw new Problem('unknown-request')
  return view
}

/** This user's settled requests on this device, newest first. @param before a cursor from the page before */
export async function deviceHistory(
  { store, clock }: OnDeviceNeeds,
  device: DeviceId,
  before: string | undefined,
): Promise<{ requests: HistoryEntry[]; next: string | null }> {
  const { trusted } = await holdings(store.read, device)
  const page = { now: clock.now(), most: PAGE + 1 }
  const settled = await settledRequests(store.read, trusted, device, timeIn(before, 'before'), page)
  const { rows, next } = paged(settled, PAGE, (row) => row.created_at)
  return { requests: rows.flatMap((row) => historyView(row, device) ?? []), next }
}

function viewOn(row: RequestRow, device: DeviceId, active: ReadonlySet<string>): DeviceRequest[] {
  const target = targetsOn(row, device).find(({ token }) => active.has(token))
  return target ? [deviceView(row, target)] : []
}
