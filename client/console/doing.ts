// A press that calls the server: one at a time, and what went wrong stands where it was pressed.
import { shallowRef } from 'vue'
import { refusalText } from './refusal-text.ts'
import { NotConfirmed } from './session/session-store.ts'

export function useDoing() {
  const busy = shallowRef(false)
  const problem = shallowRef<string>()

  /** @returns whether it was done */
  async function does(action: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    problem.value = undefined
    try {
      await action()
      return true
    } catch (error) {
      if (!(error instanceof NotConfirmed)) problem.value = refusalText(error)
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, does }
}
