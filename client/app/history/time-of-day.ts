// The time of day of something past, as this device's clock showed it then.

/** With its zone where the clock has been changed since, as by summer time. @param at, now epoch milliseconds */
export function timeOfDay(at: number, now: number, { locale, zone }: { locale?: string; zone?: string } = {}): string {
  const named = (time: number) =>
    new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', timeZone: zone, timeZoneName: 'short' })
      .formatToParts(time)
      .find(({ type }) => type === 'timeZoneName')?.value
  const parts: Intl.DateTimeFormatOptions =
    named(at) === named(now) ? { timeStyle: 'short' } : { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }
  return new Intl.DateTimeFormat(locale, { ...parts, timeZone: zone }).format(at)
}
