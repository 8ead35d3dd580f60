// How long ago something was, for whoever counts what happens in a time: the clock may have been set back since then.

/**
 * What lies ahead of the clock happened now, so that a small step back forgets no limit. What lies ahead by the whole
 * window was written by a clock that was wrong: its window is over, or whoever had reached a limit would wait for as long
 * as the clock was set back.
 * @returns milliseconds, as many as the window where it is over
 */
export function elapsed(at: number, now: number, windowMs: number): number {
  if (at >= now + windowMs) return windowMs
  return Math.min(windowMs, Math.max(0, now - at))
}

/** Between which times, and at neither, `elapsed` is less than the window: the same rule, for the store. */
export const withinWindow = (now: number, windowMs: number) => ({ after: now - windowMs, before: now + windowMs })
