// The server's time, ticking for as long as the component that asked is on the page.
import { onBeforeUnmount, type Ref, shallowRef } from 'vue'
import { useDevice } from './this-device.ts'

const TICK_MS = 250

export function useNow(): Readonly<Ref<number>> {
  const { clock } = useDevice()
  const now = shallowRef(clock.now())
  const gone = new AbortController()
  onBeforeUnmount(() => gone.abort())
  const tick = (): void => {
    now.value = clock.now()
    clock.after(TICK_MS, gone.signal).then(tick, () => undefined) // only ever aborted
  }
  tick()
  return now
}
