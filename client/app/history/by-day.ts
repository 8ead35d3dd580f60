// History is read by day, in the reader's own zone.

export type Day<Entry> = { readonly key: string; readonly date: Date; readonly entries: readonly Entry[] }

/** Entries in the order they come, cut where the local date changes. */
export function byDay<Entry>(entries: readonly Entry[], timeOf: (entry: Entry) => number): Day<Entry>[] {
  const days: { key: string; date: Date; entries: Entry[] }[] = []
  for (const entry of entries) {
    const date = new Date(timeOf(entry))
    const key = localDay(date)
    const last = days.at(-1)
    if (last?.key === key) last.entries.push(entry)
    else days.push({ key, date, entries: [entry] })
  }
  return days
}

export function localDay(date: Date): string {
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}

/** 0 for today, 1 for yesterday, and so on; summer time's 23 and 25 hour days are days too. */
export function daysAgo(date: Date, now: number): number {
  const midnight = (at: Date) => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate())
  return Math.round((midnight(new Date(now)) - midnight(date)) / 86_400_000)
}
