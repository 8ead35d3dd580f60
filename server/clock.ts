// Time as the server's rooms see it: told to them, so that tests can move it.

export type Clock = {
  /** milliseconds since the epoch */
  now(): number
  /** Resolves after `ms`, or rejects with the signal's reason. */
  after(ms: number, signal?: AbortSignal): Promise<void>
  /** Strikes after `ms`. @returns what takes it back; for where thousands wait, whom a signal each would make heavy */
  alarm(ms: number, strike: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const timer = setTimeout(done, Math.max(0, ms))
      function done() {
        signal?.removeEventListener('abort', aborted)
        resolve()
      }
      function aborted() {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', aborted, { once: true })
    }),
  alarm: (ms, strike) => {
    const timer = setTimeout(strike, Math.max(0, ms))
    return () => clearTimeout(timer)
  },
}
