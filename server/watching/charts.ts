// Counts over time, for charts: hours or days as the operator's own clock has them, summer time included.
import { timestamp } from '../../protocol/login-request.ts'
import type { Charts } from '../../protocol/operator-api/overview.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { pushSince } from './push-counts.ts'
import { add, type Counts, HOUR, noCounts, within } from './tallies.ts'

const DAY = 24 * HOUR
type Bucket = { at: number; counts: Counts; activated: number }

export async function charts(
  { store, clock }: { store: Store; clock: Clock },
  { days, zone }: { days: 1 | 7 | 28; zone: string },
): Promise<Charts> {
  const { read } = store
  const now = clock.now()
  const step = days === 1 ? HOUR : DAY
  const labelOf = labels(zone, days === 1 ? 'hour' : 'day')
  const first = now - (now % HOUR) - days * DAY + HOUR
  const buckets = new Map<string, Bucket>()
  for (let hour = first; hour <= now; hour += HOUR) {
    const label = labelOf(hour)
    if (!buckets.has(label)) buckets.set(label, { at: hour, counts: noCounts(), activated: 0 })
  }
  for (const { hour, counts } of await tallied(read, first)) {
    const bucket = buckets.get(labelOf(hour))
    if (bucket) add(bucket.counts, JSON.parse(counts) as Counts)
  }
  for (const { at } of await activations(read, first)) {
    const bucket = buckets.get(labelOf(at))
    if (bucket) bucket.activated += 1
  }
  return {
    step: step === HOUR ? 'hour' : 'day',
    buckets: [...buckets].map(([label, bucket]) => shown(label, bucket)),
    push: await pushSince(read, now - DAY),
  }
}

function shown(label: string, { at, counts, activated }: Bucket): Charts['buckets'][number] {
  const { requests, approved, denied, reported, expired } = counts
  const times = { median: within(counts, 0.5), p95: within(counts, 0.95) }
  return { at: timestamp(at), label, requests, approved, denied, reported, expired, ...times, activated }
}

/** @returns what an hour is called there: '2026-03-29 14:00' or '2026-03-29' @throws {Problem} invalid */
function labels(zone: string, unit: 'hour' | 'day'): (at: number) => string {
  try {
    // Swedish writes dates as ISO 8601 does.
    const clockOf = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
    return (at) => (unit === 'day' ? clockOf.format(at).slice(0, 10) : `${clockOf.format(at).slice(0, 13)}:00`)
  } catch {
    throw new Problem('invalid', { members: { errors: { '/zone': 'must be a time zone such as Europe/Amsterdam' } } })
  }
}

function tallied(db: Db, since: number) {
  return db.selectFrom('tallies').select(['hour', 'counts']).where('hour', '>=', since).orderBy('hour').execute()
}

const MOST_ACTIVATIONS = 20_000

function activations(db: Db, since: number) {
  return db
    .selectFrom('audit_seals')
    .select('at')
    .where('kind', '=', 'token-activated')
    .where('at', '>=', since)
    .orderBy('at', 'desc')
    .limit(MOST_ACTIVATIONS)
    .execute()
}
