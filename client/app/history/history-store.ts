import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { RequestId } from '../../../protocol/ids.ts'
import { cachedHistory, fetchHistory, type HistoryEntry, reportedHere } from '../../device/index.ts'
import { useServer } from '../server-reach.ts'
import { useDevice } from '../this-device.ts'

export const useHistory = defineStore('history', () => {
  const device = useDevice()
  const server = useServer()
  const entries = shallowRef<readonly HistoryEntry[]>([])
  /** a redeemed sign-in stays approved after its report, and need not be reported again */
  const reported = shallowRef<ReadonlySet<RequestId>>(new Set())
  const next = shallowRef<string | null>(null)
  const loaded = shallowRef(false)

  /** The last known page at once, then the server's. */
  async function load(): Promise<void> {
    reported.value = await reportedHere(device.store)
    entries.value = await cachedHistory(device.store)
    loaded.value = entries.value.length > 0
    await take(undefined)
    loaded.value = true
  }

  async function more(): Promise<void> {
    if (next.value !== null) await take(next.value)
  }

  async function take(before: string | undefined): Promise<void> {
    const page = await server.attempt(() => fetchHistory(device, before))
    if (!page) return
    entries.value = before === undefined ? page.requests : [...entries.value, ...page.requests]
    next.value = page.next
  }

  return { entries, reported, next, loaded, load, more }
})
