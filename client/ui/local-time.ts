const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** @param at RFC 3339; in the reader's own zone */
export function localTime(at: string): string {
  return whole(LOCAL.format(new Date(at)))
}

/** No line ends between the time and its AM or PM. */
const whole = (time: string) => time.replace(/ (?=[AP]M$)/i, '\u00a0')

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })

/** The time of day alone. @param at epoch milliseconds, or RFC 3339 */
export function clockTime(at: number | string): string {
  return whole(CLOCK.format(new Date(at)))
}

/** Of the day it is read on, the time alone. */
export function timeFrom(now: Date, at: string): string {
  const then = new Date(at)
  return then.toDateString() === now.toDateString() ? clockTime(at) : localTime(at)
}
