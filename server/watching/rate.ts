// How many sign-ins are asked a minute, against what is usual at this hour, and since when it is far more: from counts by
// the hour and by an index, so that a flood costs no more than a quiet night.
import { unusualRate } from '../../protocol/operator-api/overview.ts'
import { countRows } from '../store/count-rows.ts'
import type { Db } from '../store/schema.ts'
import { type Counts, HOUR } from './tallies.ts'

const MINUTE = 60_000
const DAY = 24 * HOUR
const WINDOW = 10 * MINUTE
/** What is counted one by one at most. */
const COUNTED = 20_000
/** So many windows are looked at one by one; before them hours are told by their tallies. */
const WINDOWS = 6

const newestIn = (db: Db, from: number, until: number) =>
  db
    .selectFrom('login_requests')
    .select('created_at')
    .where('created_at', '>', from)
    .where('created_at', '<=', until)
    .orderBy('created_at', 'desc')

/** Of the last ten minutes; in a flood, of as long as the latest took to come. */
export async function perMinute(db: Db, now: number): Promise<number> {
  const recent = newestIn(db, now - WINDOW, now)
  const first = await recent
    .offset(COUNTED - 1)
    .limit(1)
    .executeTakeFirst()
  if (first) return COUNTED / (Math.max(1000, now - first.created_at) / MINUTE)
  return (await countRows(db, recent.limit(COUNTED))) / 10
}

/** At this hour, on the average of the last seven days; null where there is nothing to compare with. */
export async function usualPerMinute(db: Db, now: number): Promise<number | null> {
  const hour = now - (now % HOUR)
  const hours = [1, 2, 3, 4, 5, 6, 7].map((days) => hour - days * DAY)
  const byHour = await askedIn(db, hours)
  if (byHour.size === 0) return null
  return [...byHour.values()].reduce((sum, requests) => sum + requests, 0) / byHour.size / 60
}

/** @returns null where the rate is not far above the usual one; at most a day ago */
export async function unusualSince(
  db: Db,
  { rate, usual, now }: { rate: number; usual: number | null; now: number },
): Promise<number | null> {
  if (usual === null || rate < unusualRate(usual)) return null
  const enough = Math.min(COUNTED, Math.ceil((unusualRate(usual) * WINDOW) / MINUTE))
  let since = now - WINDOW
  while (since > now - WINDOWS * WINDOW && (await holds(db, since, enough))) since -= WINDOW
  if (since > now - WINDOWS * WINDOW) return since
  const last = since - (since % HOUR)
  const hours = Array.from({ length: 23 }, (_, n) => last - n * HOUR)
  const byHour = await askedIn(db, hours)
  for (const hour of hours) {
    if ((byHour.get(hour) ?? 0) / 60 < unusualRate(usual)) return since
    since = hour
  }
  return since
}

/** Whether so many were asked in the ten minutes before. */
async function holds(db: Db, until: number, enough: number): Promise<boolean> {
  const last = newestIn(db, until - WINDOW, until).offset(enough - 1)
  return (await last.limit(1).executeTakeFirst()) !== undefined
}

async function askedIn(db: Db, hours: readonly number[]): Promise<Map<number, number>> {
  const rows = await db.selectFrom('tallies').select(['hour', 'counts']).where('hour', 'in', hours).execute()
  const byHour = new Map<number, number>()
  for (const { hour, counts } of rows)
    byHour.set(hour, (byHour.get(hour) ?? 0) + (JSON.parse(counts) as Counts).requests)
  return byHour
}
