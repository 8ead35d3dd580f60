const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** @param at RFC 3339; in the reader's own zone */
export function localTime(at: string): string {
  return LOCAL.format(new Date(at))
}

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })

/** Of the day it is read on, the time alone. */
export function timeFrom(now: Date, at: string): string {
  const then = new Date(at)
  return then.toDateString() === now.toDateString() ? CLOCK.format(then) : LOCAL.format(then)
}
