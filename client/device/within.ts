// A limit for what may never answer.
import type { Clock } from './clock.ts'

/**
 * @param start gets a signal that is aborted when the time is over or `signal` is
 * @throws what `late` makes when `ms` have passed, or the reason of `signal`
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
  const ended = new Promise<never>((_, reject) => {
    all.addEventListener('abort', () => reject(all.reason), { once: true, signal: done.signal })
  })
  const deadline = async () => {
    await clock.after(ms, done.signal)
    over.abort(late())
  }
  all.throwIfAborted()
  // The wait is called off when the work was quicker.
  deadline().catch(() => undefined)
  try {
    return await Promise.race([start(all), ended])
  } finally {
    done.abort()
  }
}
