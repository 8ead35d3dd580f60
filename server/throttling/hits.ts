// Limits of so many calls in so many seconds, as a sliding window over the calls that were let through.
import { sql } from 'kysely'
import type { UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { holdName } from '../store/hold-name.ts'
import { prepared } from '../store/prepared.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { elapsed, withinWindow } from './elapsed.ts'
import { holdThrottle } from './throttle.ts'

export type Rate = { count: number; seconds: number }

/** How many rows a purge removes at most, so that it never holds the store for long. */
const MOST_PURGED = 5000

const lastBut = prepared((db, v: { bucket: string; after: number; before: number; fewer: number }) =>
  db
    .selectFrom('hits')
    .select('at')
    .where('bucket', '=', v.bucket)
    .where('at', '>', v.after)
    .where('at', '<', v.before)
    .orderBy('at', 'desc')
    .limit(1)
    .offset(v.fewer),
)

/** @returns whole seconds until one more call fits, at least 1 and at most the window; undefined where it fits now */
export async function overLimit(db: Db, bucket: string, rate: Rate, now: number): Promise<number | undefined> {
  const window = rate.seconds * 1000
  const [blocking] = (await lastBut(db, { bucket, ...withinWindow(now, window), fewer: rate.count - 1 })).rows
  return blocking && Math.max(1, Math.ceil((window - elapsed(blocking.at, now, window)) / 1000))
}

const add = prepared((db, { bucket, at }: { bucket: string; at: number }) =>
  db.insertInto('hits').values({ bucket, at }),
)

export async function hit(tx: Db, bucket: string, now: number): Promise<void> {
  await add(tx, { bucket, at: now })
}

export function tooManyRequests(retryAfterSeconds: number): Problem {
  return new Problem('too-many-requests', { headers: { 'Retry-After': String(retryAfterSeconds) } })
}

/** @throws {Problem} too-many-requests */
export async function refuseOverLimit(db: Db, bucket: string, rate: Rate, now: number): Promise<void> {
  const retryAfter = await overLimit(db, bucket, rate, now)
  if (retryAfter !== undefined) throw tooManyRequests(retryAfter)
}

export type Counted = { bucket: string; rate: Rate }

/**
 * Counts this call, or refuses it; a refused call counts for nothing. The limit is exact whatever arrives together, at
 * whichever process.
 * @throws {Problem} too-many-requests
 */
export async function takeHit(
  store: Store,
  { bucket, rate, now, user }: Counted & { now: number; user?: UserId },
): Promise<void> {
  await takeHits(store, [{ bucket, rate }], { now, user })
}

/** Counts this call as `takeHits` does. @returns false where that is refused */
export async function mayHit(...asked: Parameters<typeof takeHits>): Promise<boolean> {
  try {
    await takeHits(...asked)
    return true
  } catch (error) {
    if (error instanceof Problem && error.slug === 'too-many-requests') return false
    throw error
  }
}

/**
 * One call, counted against several limits or, where one of them is reached, against none.
 * @param also in the same transaction
 * @param counted in an order that is the same for all who count against the same limits: each waits for the others' end
 * @throws {Problem} too-many-requests
 */
export async function takeHits(
  store: Store,
  counted: readonly Counted[],
  { now, user, also }: { now: number; user?: UserId | undefined; also?: ((tx: Db) => Promise<void>) | undefined },
): Promise<void> {
  // Most refusals end here, without waiting for the disk: a flood must not be able to keep it busy.
  for (const { bucket, rate } of counted) await refuseOverLimit(store.read, bucket, rate, now)
  await store.write(async (tx) => {
    if (user) await holdThrottle(tx, user)
    for (const { bucket, rate } of counted) {
      if (!user) await holdName(tx, store, `hits ${bucket}`)
      await refuseOverLimit(tx, bucket, rate, now)
      await hit(tx, bucket, now)
    }
    await also?.(tx)
  })
}

/** Begins anew, as after a success that clears what came before. */
export async function forgetHits(tx: Db, bucket: string): Promise<void> {
  await tx.deleteFrom('hits').where('bucket', '=', bucket).execute()
}

/** Counts one call that was counted at `at` against another bucket in its place; of several at that moment, one. */
export async function moveHit(
  tx: Db,
  { engine }: Pick<Store, 'engine'>,
  { from, to, at }: { from: string; to: string; at: number },
): Promise<void> {
  // Rows have no key of their own, and of two that move at once neither may wait for the other's row.
  const [row, unlocked] = engine === 'postgres' ? [sql`ctid`, sql`for update skip locked`] : [sql`rowid`, sql``]
  const one = sql`select ${row} from hits where bucket = ${from} and at = ${at} limit 1 ${unlocked}`
  await sql`update hits set bucket = ${to} where ${row} = (${one})`.execute(tx)
}

/** Forgets hits older than `before`; @returns how many, at most a bounded number a call */
export async function purgeHits(store: Store, before: number): Promise<number> {
  const last = await store.read
    .selectFrom('hits')
    .select('at')
    .where('at', '<', before)
    .orderBy('at')
    .limit(1)
    .offset(MOST_PURGED)
    .executeTakeFirst()
  const result = await store.write((tx) =>
    tx
      .deleteFrom('hits')
      .where('at', '<', last?.at ?? before)
      .executeTakeFirstOrThrow(),
  )
  return Number(result.numDeletedRows)
}
