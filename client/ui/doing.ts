// A press that asks something of the server: one at a time, and what went wrong stands where it was pressed.
import { shallowRef } from 'vue'

/** @param troubleText undefined: nothing to say */
export function doingWith(troubleText: (error: unknown) => string | undefined) {
  return () => {
    const busy = shallowRef(false)
    const problem = shallowRef<string>()
    const done = shallowRef(false)

    /** @returns whether it was done */
    async function does(work: () => Promise<unknown>): Promise<boolean> {
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
}
