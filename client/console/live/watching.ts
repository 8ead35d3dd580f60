// What the server sends again whenever it has changed. While nobody looks at the page nothing is asked, and however long
// the stream lasts, it keeps nobody's session awake.
import { onBeforeUnmount, onMounted, shallowRef, watch } from 'vue'
import { readEvents } from '../../../protocol/event-stream.ts'
import { useSession } from '../session/session-store.ts'

const AGAIN_MS = 3000

/** @param path below /admin/v1; another one is a new stream */
export function useWatching<T>(path: () => string) {
  const session = useSession()
  const data = shallowRef<T>()
  const isLost = shallowRef(false)
  const isPaused = shallowRef(false)
  let over = new AbortController()

  async function read(signal: AbortSignal): Promise<void> {
    const response = await fetch(`/admin/v1${path()}`, {
      headers: { Accept: 'text/event-stream' },
      cache: 'no-store',
      credentials: 'same-origin',
      signal,
    })
    // The session has ended: a call of one's own says so everywhere.
    if (response.status === 401) await session.load()
    if (!response.ok || !response.body) throw new TypeError('no stream')
    for await (const { data: text } of readEvents(response.body.getReader(), (reader) => reader.read())) {
      if (signal.aborted) return
      data.value = JSON.parse(text) as T
      isLost.value = false
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Whatever broke it: it is begun anew, and the page says so until it is there.
      await read(signal).catch(() => undefined)
      if (signal.aborted) return
      isLost.value = true
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  function restart() {
    over.abort()
    over = new AbortController()
    if (!isPaused.value && !document.hidden) void run(over.signal)
  }

  onMounted(() => {
    document.addEventListener('visibilitychange', restart)
    restart()
  })
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', restart)
    over.abort()
  })
  watch(path, () => {
    data.value = undefined
    restart()
  })
  watch(isPaused, restart)
  return { data, isLost, isPaused }
}
