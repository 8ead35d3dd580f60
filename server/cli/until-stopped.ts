// Waits until somebody wants this program to end.

/** What of `process` is needed. */
export type Signals = Pick<NodeJS.Process, 'on'>

/** npm passes on the very Ctrl-C that the terminal has sent us already. */
const SAME_PRESS_MS = 500

/** Resolves at the first signal; a later one calls `atOnce`. @param now milliseconds that only rise */
export function untilStopped(
  signals: Signals,
  { now, atOnce }: { now: () => number; atOnce: () => void },
): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined
    const onSignal = () => {
      first ??= now()
      if (now() - first > SAME_PRESS_MS) atOnce()
      resolve()
    }
    signals.on('SIGINT', onSignal)
    signals.on('SIGTERM', onSignal)
  })
}
