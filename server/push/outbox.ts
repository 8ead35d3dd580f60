// Pushes still to be delivered, as rows: written in the transaction that wants them, so that none is lost with a
// process, and claimed for a while by the one process that delivers them.
import { sql } from 'kysely'
import { newId, type RandomBytes } from '../../protocol/ids.ts'
import { decisive, prepared } from '../store/prepared.ts'
import type { Db, OutboxTable } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { together } from '../store/together.ts'

export type PushJob = OutboxTable
/** `expires_at`: milliseconds since the epoch after which nobody wants it any more. */
export type NewPush = Pick<PushJob, 'kind' | 'device_id' | 'request_id' | 'notice_id' | 'expires_at'>

/** How long a process that fell silent keeps its jobs from the others. */
export const CLAIM_MS = 30_000

const insert = prepared((db, job: PushJob) => {
  const { id, kind, device_id, request_id, notice_id, due_at, expires_at, attempts, claimed_until } = job
  return db
    .insertInto('outbox')
    .values({ id, kind, device_id, request_id, notice_id, due_at, expires_at, attempts, claimed_until })
})

/**
 * Writes jobs that this process has already claimed: hand them to `Courier.dispatch` once the transaction has
 * committed, and nobody needs to look for them. Those that are not claimed are found by whoever looks first: announce
 * 'outbox'.
 */
export async function insertPushes(
  tx: Db,
  pushes: readonly NewPush[],
  { now, random, claimed = true }: { now: number; random: RandomBytes; claimed?: boolean },
): Promise<PushJob[]> {
  const jobs = pushes.map((push) => ({
    ...push,
    notice_id: push.notice_id ?? null,
    id: newId('push', random),
    due_at: now,
    attempts: 0,
    claimed_until: claimed ? now + CLAIM_MS : 0,
  }))
  await together(jobs.map((job) => insert(tx, job)))
  return jobs
}

/** Takes jobs that are due and nobody's, the longest due first. */
export function claimDue(store: Store, now: number, most: number): Promise<PushJob[]> {
  return store.write((tx) =>
    tx
      .with('due', (db) => {
        const due = db
          .selectFrom('outbox')
          .select('id')
          .where('due_at', '<=', now)
          .where('claimed_until', '<=', now)
          .orderBy('due_at')
          .limit(most)
        // Processes on one PostgreSQL pass over each other's rows; SQLite lets only one write at a time anyway.
        return store.engine === 'postgres' ? due.forUpdate().skipLocked() : due
      })
      .updateTable('outbox')
      .set({ claimed_until: now + CLAIM_MS })
      .where('id', 'in', (query) => query.selectFrom('due').select('id'))
      .returningAll()
      .execute(),
  )
}

/** Holds a claim for longer; undefined where another process has the job by now, or it is done. */
export function renewClaim(store: Store, job: PushJob, now: number): Promise<PushJob | undefined> {
  return store.write((tx) =>
    ownedRow(tx, job)
      .set({ claimed_until: now + CLAIM_MS })
      .returningAll()
      .executeTakeFirst(),
  )
}

/** When the next job can be claimed; undefined while there is none. */
export async function nextDue(db: Db): Promise<number | undefined> {
  const at = sql<number | null>`min(case when claimed_until > due_at then claimed_until else due_at end)`
  const row = await db.selectFrom('outbox').select(at.as('at')).executeTakeFirst()
  return row?.at ?? undefined
}

const remove = decisive((db, v: { id: string }) => db.deleteFrom('outbox').where('id', '=', v.id))

/** @returns false where it was done already, by a process that had taken it over */
export function finish(tx: Db, job: PushJob): Promise<boolean> {
  return remove(tx, { id: job.id })
}

/** To be tried again, by anyone. */
export async function postpone(tx: Db, job: PushJob, dueAt: number): Promise<void> {
  await ownedRow(tx, job)
    .set({ due_at: dueAt, attempts: job.attempts + 1, claimed_until: 0 })
    .execute()
}

/** Gives jobs back that were not tried. */
export async function release(tx: Db, jobs: readonly PushJob[]): Promise<void> {
  for (const job of jobs) await ownedRow(tx, job).set({ claimed_until: 0 }).execute()
}

/**
 * Claims that a process left behind when it was killed. The embedded store has a single server process, so at its
 * start they can only be that; on PostgreSQL they run out by themselves.
 */
export async function releaseLeftBehind(store: Store): Promise<void> {
  if (store.engine !== 'sqlite') return
  await store.write((tx) => tx.updateTable('outbox').set({ claimed_until: 0 }).where('claimed_until', '>', 0).execute())
}

/** A claim's end tells it from every other claim on the same job: a later one always ends later. */
function ownedRow(tx: Db, job: PushJob) {
  return tx.updateTable('outbox').where('id', '=', job.id).where('claimed_until', '=', job.claimed_until)
}

/** What waits to be sent, of all processes. A job that is tried again later is not late before then. */
export async function outboxNow(db: Db, now: number): Promise<{ jobs: number; oldestSeconds: number }> {
  const { jobs, oldest } = await db
    .selectFrom('outbox')
    .select(({ fn }) => [fn.countAll<number>().as('jobs'), fn.min('due_at').as('oldest')])
    .executeTakeFirstOrThrow()
  return { jobs: Number(jobs), oldestSeconds: oldest === null ? 0 : Math.max(0, now - Number(oldest)) / 1000 }
}
