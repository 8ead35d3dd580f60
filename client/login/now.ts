// The server's time, as near as this page can tell, moving on while somebody looks.
import { onBeforeUnmount, onMounted, type Ref, ref } from 'vue'

const TICK_MS = 250

/** @param serverTime RFC 3339, as the server said it just now @returns milliseconds since the epoch */
export function useServerNow(serverTime: () => string): Ref<number> {
  let said = serverTime()
  let offset = Date.parse(said) - Date.now()
  const now = ref(Date.now() + offset)
  let timer: ReturnType<typeof setInterval> | undefined

  function tick() {
    if (serverTime() !== said) {
      said = serverTime()
      offset = Date.parse(said) - Date.now()
    }
    now.value = Date.now() + offset
  }

  onMounted(() => {
    timer = setInterval(tick, TICK_MS)
  })
  onBeforeUnmount(() => clearInterval(timer))
  return now
}
