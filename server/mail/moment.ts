// A moment as mails say it: nobody knows the zone of whoever will read it.
let format: Intl.DateTimeFormat | undefined

/** '3 February 2026 at 09:41 UTC' */
export function mailMoment(at: number): string {
  // Made with the first mail: it brings five megabytes of Node's calendars into memory.
  format ??= new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return `${format.format(at)} UTC`
}
