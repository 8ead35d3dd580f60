// A press that asks something of the server: busy meanwhile, and afterwards done, or why not.
import { shallowRef } from 'vue'
import { troubleText } from './conversation.ts'

export function useDoing() {
  const busy = shallowRef(false)
  const problem = shallowRef<string>()
  const done = shallowRef(false)

  async function does(work: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    problem.value = undefined
    done.value = false
    try {
      await work()
      done.value = true
    } catch (error) {
      problem.value = troubleText(error)
    } finally {
      busy.value = false
    }
    return done.value
  }

  return { busy, problem, done, does }
}
