// What a page shows, from the server: not there yet, there, or why not. Only the last of several askings counts.
import { nextTick, onBeforeUnmount, onMounted, shallowRef } from 'vue'
import { rememberFocus } from '../ui/focus-place.ts'
import { refusalText } from './refusal-text.ts'

export type Loaded<T> = ReturnType<typeof useLoaded<T>>

export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>) {
  const data = shallowRef<T>()
  const problem = shallowRef<string>()
  let asking = new AbortController()

  /** What was there stays until the new is there. */
  async function reload(): Promise<void> {
    asking.abort()
    asking = new AbortController()
    const { signal } = asking
    try {
      const loaded = await load(signal)
      if (signal.aborted) return
      const giveFocusBack = rememberFocus()
      data.value = loaded
      problem.value = undefined
      void nextTick(giveFocusBack)
    } catch (error) {
      if (!signal.aborted) problem.value = refusalText(error)
    }
  }

  onMounted(reload)
  onBeforeUnmount(() => asking.abort())
  return { data, problem, reload }
}
