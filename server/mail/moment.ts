// A moment as mails say it: nobody knows the zone of whoever will read it.
const MOMENT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** '3 February 2026 at 09:41 UTC' */
export function mailMoment(at: number): string {
  return `${MOMENT.format(at)} UTC`
}
