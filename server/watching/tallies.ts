// Counts by hour and application, kept by a chore that follows the requests once they are over: so the sign-in road
// writes nothing for them, and what operators see is read from a few rows however many requests there are.
import type { ApplicationId } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { SeenRequest } from './live.ts'

export const HOUR = 60 * 60 * 1000
const BATCH = 2000
const MARK = 'requests'
/** After its end a request may still wait to be written down as expired. */
const SETTLES_MS = 30_000

export type Counts = {
  requests: number
  approved: number
  denied: number
  reported: number
  expired: number
  /** approvals by the seconds they took; the last is 60 and more */
  seconds: number[]
}
const LONGEST = 60

export const noCounts = (): Counts => ({ requests: 0, approved: 0, denied: 0, reported: 0, expired: 0, seconds: [] })

type Told = Pick<SeenRequest, 'state' | 'reason' | 'created_at' | 'settled_at'>

export function count(counts: Counts, { state, reason, created_at, settled_at }: Told): void {
  counts.requests += 1
  if (state === 'expired') counts.expired += 1
  if (state === 'denied') counts.denied += 1
  if (reason === 'not_me') counts.reported += 1
  if (state !== 'approved') return
  counts.approved += 1
  const second = Math.min(LONGEST, Math.ceil(((settled_at ?? created_at) - created_at) / 1000))
  counts.seconds[second] = (counts.seconds[second] ?? 0) + 1
}

export function add(counts: Counts, more: Counts): void {
  for (const name of ['requests', 'approved', 'denied', 'reported', 'expired'] as const) counts[name] += more[name]
  for (let second = 0; second < more.seconds.length; second++) {
    const those = more.seconds[second] ?? 0
    if (those > 0) counts.seconds[second] = (counts.seconds[second] ?? 0) + those
  }
}

/** The seconds within which this share was approved; null where nothing was. */
export function within({ seconds, approved }: Counts, share: number): number | null {
  let seen = 0
  for (let second = 0; second < seconds.length; second++) {
    seen += seconds[second] ?? 0
    if (approved > 0 && seen >= approved * share) return second
  }
  return null
}

/** Everything before is in the tallies. */
export async function talliedUntil(db: Db): Promise<number> {
  const mark = await db.selectFrom('tally_marks').select('at').where('name', '=', MARK).executeTakeFirst()
  return mark?.at ?? 0
}

export async function talliesBetween(db: Db, from: number, until: number): Promise<Counts> {
  const rows = await db
    .selectFrom('tallies')
    .select('counts')
    .where('hour', '>=', from - (from % HOUR))
    .where('hour', '<', until)
    .execute()
  const sum = noCounts()
  for (const row of rows) add(sum, JSON.parse(row.counts) as Counts)
  return sum
}

/** @param lifetimeMs of a request @returns when there is nothing more to count for now */
export async function tally({ store, clock }: { store: Store; clock: Clock }, lifetimeMs: number): Promise<void> {
  while (await tallyBatch(store, clock.now() - lifetimeMs - SETTLES_MS));
}

async function tallyBatch(store: Store, end: number): Promise<boolean> {
  const from = await talliedUntil(store.read)
  const rows = await store.read
    .selectFrom('login_requests')
    .select(['application_id', 'state', 'reason', 'created_at', 'settled_at'])
    .where('created_at', '>=', from)
    .where('created_at', '<', end)
    // Nobody signs in by talking to the help desk.
    .where('purpose', '=', 'sign-in')
    .orderBy('created_at')
    .limit(BATCH + 1)
    .execute()
  // A millisecond is counted whole or not at all, for the mark is one.
  const last = rows[BATCH]?.created_at
  const counted = last === undefined || rows[0]?.created_at === last ? rows : rows.filter((r) => r.created_at < last)
  const until = last === undefined ? end : rows[0]?.created_at === last ? last + 1 : last
  if (until <= from || counted.length === 0) return false
  const more = Map.groupBy(counted, ({ created_at }) => created_at - (created_at % HOUR))
  await store.write(async (tx) => {
    if (!(await moveMark(tx, from, until))) return
    for (const [hour, inHour] of more)
      for (const [application, ofOne] of Map.groupBy(inHour, (row) => row.application_id))
        await addTo(tx, { hour, application }, ofOne)
  })
  return last !== undefined
}

/** First in the transaction: of two processes that counted the same, one writes. */
async function moveMark(tx: Db, from: number, until: number): Promise<boolean> {
  const moved = await tx
    .insertInto('tally_marks')
    .values({ name: MARK, at: until })
    .onConflict((c) => c.column('name').doUpdateSet({ at: until }).where('tally_marks.at', '=', from))
    .executeTakeFirstOrThrow()
  return moved.numInsertedOrUpdatedRows === 1n
}

async function addTo(
  tx: Db,
  { hour, application }: { hour: number; application: ApplicationId },
  rows: readonly Told[],
): Promise<void> {
  const known = await tx
    .selectFrom('tallies')
    .select('counts')
    .where('hour', '=', hour)
    .where('application_id', '=', application)
    .executeTakeFirst()
  const sum = noCounts()
  if (known) add(sum, JSON.parse(known.counts) as Counts)
  for (const row of rows) count(sum, row)
  const counts = JSON.stringify(sum)
  await tx
    .insertInto('tallies')
    .values({ hour, application_id: application, counts })
    .onConflict((c) => c.columns(['hour', 'application_id']).doUpdateSet({ counts }))
    .execute()
}
