// A limit for what may never answer.
import type { Clock } from './clock.ts'

/**
 * @param start gets a signal that is aborted when the time is over or `signal` is
 * @throws what `late` makes, when `ms` have passed
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  start: (signal: AbortSignal) => Promise<T>,
  late: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  const over = new AbortController()
  const done = new AbortController()
  const all = signal ? AbortSignal.any([signal, over.signal]) : over.signal
  const deadline = clock.after(ms, done.signal).then(
    () => {
      const error = late()
      over.abort(error)
      throw error
    },
    () => new Promise<never>(() => undefined), // the work was quicker
  )
  try {
    return await Promise.race([start(all), deadline])
  } finally {
    done.abort()
  }
}
