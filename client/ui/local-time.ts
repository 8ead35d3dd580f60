const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** @param at RFC 3339; in the reader's own zone */
export function localTime(at: string): string {
  return LOCAL.format(new Date(at))
}
