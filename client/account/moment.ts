const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** @param at RFC 3339; in the reader's own zone */
export function momentText(at: string): string {
  return moment.format(new Date(at))
}
