// Settled requests: the last known page at once, then the server's.
import type { HistoryEntry } from '../../protocol/device-api.ts'
import type { Device } from './device.ts'
import { writeIfRoom } from './if-room.ts'
import type { DeviceStore } from './store.ts'

export type HistoryPage = { requests: HistoryEntry[]; next: string | null }

/** Newest first. */
export async function cachedHistory(store: DeviceStore): Promise<HistoryEntry[]> {
  return (await store.all('history')).sort((a, b) => b.settledAt.localeCompare(a.settledAt))
}

/** @param before cursor of an earlier page; without one the first page, which is kept */
export async function fetchHistory(
  { store, api }: Pick<Device, 'store' | 'api'>,
  before?: string,
): Promise<HistoryPage> {
  const page = await api.history(before)
  if (before === undefined) {
    const rows = page.requests.map((entry) => ({ put: 'history' as const, key: entry.id, value: entry }))
    await writeIfRoom(store, { clear: 'history' }, ...rows)
  }
  return page
}
