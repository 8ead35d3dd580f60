// Sign-ins that wait for an answer: those known at once, then as the server streams them while the app is seen.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Router } from 'vue-router'
import type { RequestId } from '../../../protocol/ids.ts'
import { cachedRequests, type DeviceRequest, fetchHistory, fetchRequests, watchRequests } from '../../device/index.ts'
import { useServer } from '../server-reach.ts'
import { useDevice } from '../this-device.ts'
import { useTokens } from '../tokens/tokens-store.ts'
import { useWorker } from '../worker.ts'

export const useRequests = defineStore('requests', () => {
  const device = useDevice()
  const server = useServer()
  const worker = useWorker()
  const tokens = useTokens()
  const pending = shallowRef<readonly DeviceRequest[]>([])
  /** whether the server has said what waits, since this page was opened */
  const told = shallowRef(false)
  /** the request on the sheet that has no answer yet; nothing may take its place */
  const asking = shallowRef<RequestId>()
  /** digits typed so far, kept while the sheet is down */
  const drafts = new Map<RequestId, string>()
  /** a notification was pressed for this request */
  const pressed = shallowRef<{ request: RequestId }>()
  let watching: AbortController | undefined

  async function load(): Promise<void> {
    pending.value = await cachedRequests(device)
  }

  async function refresh(): Promise<void> {
    await take(await server.attempt(() => fetchRequests(device)))
  }

  /** Whether what has left was denied elsewhere, and calls for caution, its push may come too late to say. */
  async function take(requests: readonly DeviceRequest[] | undefined): Promise<void> {
    if (!requests) return
    const ended = pending.value.filter(({ id }) => !requests.some((waiting) => waiting.id === id))
    pending.value = requests
    told.value = true
    if (ended.length === 0) return
    tidy(ended)
    // The sheet asks for its own.
    if (ended.some(({ id }) => id !== asking.value)) await server.attempt(() => fetchHistory(device))
  }

  /** Requests leave the list when their time is over, whether or not the server can say so. */
  function expire(now: number): void {
    if (!server.asked) return
    const ended = pending.value.filter(({ expiresAt }) => Date.parse(expiresAt) <= now)
    if (ended.length === 0) return
    pending.value = pending.value.filter((request) => !ended.includes(request))
    tidy(ended)
  }

  /** Their notifications go. */
  function tidy(ended: readonly { id: RequestId }[]): void {
    worker.tell({ type: 'tidy', ended: ended.map(({ id }) => id) })
  }

  /** Holds the stream until `pause`; made anew at each call. */
  async function watch(): Promise<void> {
    pause()
    watching = new AbortController()
    try {
      for await (const seen of watchRequests(device, watching.signal)) {
        server.reached = seen.kind !== 'unreachable'
        if (seen.kind === 'requests') void take(seen.requests)
        // Taken away or suspended: the tokens say so themselves.
        if (seen.kind === 'nothing') await Promise.all([tokens.refresh(), refresh()])
      }
    } catch (error) {
      if (!server.notice(error)) throw error
    }
  }

  function pause(): void {
    watching?.abort()
    watching = undefined
  }

  function settled(id: RequestId): void {
    drafts.delete(id)
    pending.value = pending.value.filter((request) => request.id !== id)
    tidy([{ id }])
  }

  /** A notification was pressed: its request comes up, unless another one is waiting for its answer on the sheet. */
  function open(router: Router, request: RequestId): void {
    pressed.value = { request }
    void router.push({ name: 'request', params: { id: request } })
  }

  /** Nothing ever replaces the request being shown, whoever asks for it. */
  function guard(router: Router): void {
    router.beforeEach((to) => {
      const replaces = to.name === 'request' && asking.value !== undefined && to.params.id !== asking.value
      return !replaces
    })
  }

  return { pending, told, asking, drafts, pressed, load, refresh, expire, watch, pause, settled, open, guard }
})
