// A harmless push, to see with one's own eyes that notifications come.
import { onBeforeUnmount, shallowRef } from 'vue'
import { isRefusal, Unreachable } from '../../device/index.ts'
import { useServer } from '../server-reach.ts'
import { useDevice } from '../this-device.ts'
import { useWorker } from '../worker.ts'

export type PushTest = 'idle' | 'sending' | 'sent' | 'shown' | 'silent' | 'failed'

/** After this long without a notification we say so; it may still come. */
const PATIENCE_MS = 15_000

export function usePushTest() {
  const { api, clock } = useDevice()
  const server = useServer()
  const state = shallowRef<PushTest>('idle')
  const over = new AbortController()
  const deaf = useWorker().onMessage(({ type }) => {
    if (type === 'test-shown' && state.value !== 'idle') state.value = 'shown'
  })
  onBeforeUnmount(() => {
    over.abort()
    deaf()
  })

  async function send(): Promise<void> {
    state.value = 'sending'
    try {
      await server.observe(() => api.testPush())
    } catch (error) {
      if (!(error instanceof Unreachable || isRefusal(error))) throw error
      state.value = 'failed'
      return
    }
    if (state.value === 'sending') state.value = 'sent'
    clock.after(PATIENCE_MS, over.signal).then(
      () => {
        if (state.value === 'sent') state.value = 'silent'
      },
      () => undefined, // the screen was left
    )
  }

  return { state, send }
}
