// Counts over time, for charts: hours or days as the operator's own clock has them, summer time included.
import { sql } from 'kysely'
import { timestamp } from '../../protocol/login-request.ts'
import { type Charts, MOST_ACTIVATED } from '../../protocol/operator-api/overview.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { pushSince } from './push-counts.ts'
import { add, type Counts, HOUR, noCounts, within } from './tallies.ts'

const DAY = 24 * HOUR
type Bucket = { at: number; label: string; counts: Counts; activated: number | null }

export async function charts(
  { store, clock }: { store: Store; clock: Clock },
  { days, zone, most = MOST_ACTIVATED }: { days: 1 | 7 | 28; zone: string; most?: number },
): Promise<Charts> {
  const { read } = store
  const now = clock.now()
  const step = days === 1 ? 'hour' : 'day'
  const first = now - (now % HOUR) - days * DAY + HOUR
  const local = clockIn(zone)
  const hours = hoursFrom(first, now)
  const buckets = bucketsOf(step === 'day' ? wholeDays(hours, local) : hours, local, step)
  for (const { hour, counts } of await tallied(read, first)) {
    const bucket = buckets.get(hour)
    if (bucket) add(bucket.counts, JSON.parse(counts) as Counts)
  }
  const added = await activations(read, first, most)
  const whole = added.total < most ? first : (added.hours.at(0)?.hour ?? first) + HOUR
  for (const [hour, bucket] of buckets) if (hour < whole) bucket.activated = null
  for (const { hour, count } of added.hours) {
    const bucket = buckets.get(hour)
    if (bucket && bucket.activated !== null) bucket.activated += count
  }
  return { step, buckets: [...new Set(buckets.values())].map(shown), push: await pushSince(read, now - DAY) }
}

function shown({ at, label, counts, activated }: Bucket): Charts['buckets'][number] {
  const { requests, approved, denied, reported, expired } = counts
  const times = { median: within(counts, 0.5), p95: within(counts, 0.95) }
  return { at: timestamp(at), label, requests, approved, denied, reported, expired, ...times, activated }
}

const hoursFrom = (first: number, now: number) =>
  Array.from({ length: Math.floor((now - first) / HOUR) + 1 }, (_, n) => first + n * HOUR)

/** A first day of a few hours looks like a fall. What is left begins where a day does, by their clock. */
function wholeDays(hours: readonly number[], clock: LocalClock): number[] {
  const dayOf = (hour: number) => clock.time(hour).slice(0, 10)
  const [first = 0] = hours
  const isWhole = dayOf(first - HOUR) !== dayOf(first)
  return isWhole ? [...hours] : hours.slice(hours.findIndex((hour) => dayOf(hour) !== dayOf(first)))
}

/**
 * Where each hour goes. Counts are kept by the hours of UTC: where clocks are half an hour off, hours begin at half past,
 * and a day at its first such hour.
 */
function bucketsOf(hours: readonly number[], clock: LocalClock, step: 'hour' | 'day'): Map<number, Bucket> {
  const times = hours.map((hour) => clock.time(hour))
  const named = new Map<string, Bucket>()
  return new Map(
    hours.map((hour, n) => {
      const time = times[n] ?? ''
      // When clocks go back, two hours are called alike.
      const isTwice = times[n - 1] === time || times[n + 1] === time
      const label = step === 'day' ? time.slice(0, 10) : isTwice ? `${time} ${clock.offset(hour)}` : time
      const bucket = named.get(label) ?? { at: hour, label, counts: noCounts(), activated: 0 }
      named.set(label, bucket)
      return [hour, bucket] as const
    }),
  )
}

type LocalClock = {
  /** '2026-03-29 14:00' */
  time(at: number): string
  /** '+02:00' */
  offset(at: number): string
}

/** @throws {Problem} invalid */
function clockIn(timeZone: string): LocalClock {
  try {
    // Swedish writes dates as ISO 8601 does.
    const time = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
    const zone = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    const nameAt = (at: number) => zone.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value
    return {
      time: (at) => time.format(at),
      // 'GMT+02:00', and 'GMT' alone where there is none.
      offset: (at) => nameAt(at)?.slice(3) || '+00:00',
    }
  } catch {
    throw new Problem('invalid', { members: { errors: { '/zone': 'must be a time zone such as Europe/Amsterdam' } } })
  }
}

function tallied(db: Db, since: number) {
  return db.selectFrom('tallies').select(['hour', 'counts']).where('hour', '>=', since).orderBy('hour').execute()
}

/** By the hour, the oldest first: of the newest, for a month of a million additions is not looked through at each look. */
async function activations(db: Db, since: number, most: number) {
  const newest = db
    .selectFrom('audit_seals')
    .select('at')
    .where('kind', '=', 'token-activated')
    .where('at', '>=', since)
    .orderBy('at', 'desc')
    .limit(most)
  const rows = await db
    .selectFrom(newest.as('newest'))
    .select((e) => [sql<number>`at - at % ${sql.lit(HOUR)}`.as('hour'), e.fn.countAll<number>().as('count')])
    .groupBy('hour')
    .orderBy('hour')
    .execute()
  const hours = rows.map(({ hour, count }) => ({ hour: Number(hour), count: Number(count) }))
  return { hours, total: hours.reduce((sum, { count }) => sum + count, 0) }
}
