const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** @param at RFC 3339 */
export function localTime(at: string): string {
  return LOCAL.format(new Date(at))
}

/** '2026-01-01 00:00' */
export function utcTime(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)}`
}
