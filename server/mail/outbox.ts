// Mails as rows: written with what they tell, claimed for a while by the one process that delivers them.

import type { MailsTable } from '../store/mail-tables.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { withinWindow } from '../throttling/elapsed.ts'

export type MailRow = MailsTable

/** How long a process that fell silent keeps its mails from the others; longer than a mail server may take. */
const CLAIM_MS = 120_000
const MINUTE_MS = 60_000

export const valuesCell = (id: string) => ({ table: 'mails', column: 'sealed_values', id })

export async function insertMail(tx: Db, row: MailRow): Promise<void> {
  await tx.insertInto('mails').values(row).execute()
}

/** Takes mails that are due and nobody's, no more than the minute still has room for. */
export async function claimMails(
  store: Store,
  { now, most, perMinute }: { now: number; most: number; perMinute: number },
): Promise<MailRow[]> {
  const { after, before } = withinWindow(now, MINUTE_MS)
  const tried = await store.read
    .selectFrom('mails')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('tried_at', '>', after)
    .where('tried_at', '<', before)
    .executeTakeFirstOrThrow()
  const room = Math.min(most, perMinute - Number(tried.count))
  if (room <= 0) return []
  return store.write((tx) =>
    tx
      .with('due', (db) => {
        const due = db
          .selectFrom('mails')
          .select('id')
          .where('state', '=', 'waiting')
          .where('due_at', '<=', now)
          .where('claimed_until', '<=', now)
          .orderBy('due_at')
          .limit(room)
        // Processes on one PostgreSQL pass over each other's rows; SQLite lets only one write at a time anyway.
        return store.engine === 'postgres' ? due.forUpdate().skipLocked() : due
      })
      .updateTable('mails')
      .set({ claimed_until: now + CLAIM_MS, tried_at: now })
      .where('id', 'in', (query) => query.selectFrom('due').select('id'))
      .returningAll()
      .execute(),
  )
}

/** A claim's end tells it from every later claim on the same mail. */
function owned(tx: Db, mail: MailRow) {
  return tx
    .updateTable('mails')
    .where('id', '=', mail.id)
    .where('state', '=', 'waiting')
    .where('claimed_until', '=', mail.claimed_until)
}

/** Over: what was filled in goes with it. */
export async function finishMail(
  tx: Db,
  mail: MailRow,
  how: { state: 'sent' | 'failed' | 'cancelled'; at: number; error: string | null },
): Promise<void> {
  await owned(tx, mail)
    .set({
      state: how.state,
      attempts: mail.attempts + 1,
      finished_at: how.at,
      error: how.error,
      sealed_values: null,
      claimed_until: 0,
    })
    .execute()
}

export async function postponeMail(tx: Db, mail: MailRow, next: { dueAt: number; error: string }): Promise<void> {
  await owned(tx, mail)
    .set({ due_at: next.dueAt, attempts: mail.attempts + 1, error: next.error, claimed_until: 0 })
    .execute()
}

/** Not tried, and anybody's again. */
export async function releaseMail(tx: Db, mail: MailRow): Promise<void> {
  await owned(tx, mail).set({ claimed_until: 0, tried_at: null }).execute()
}

/** The embedded store has a single server process: claims found at its start were left by one that was killed. */
export async function releaseLeftBehind(store: Store): Promise<void> {
  if (store.engine !== 'sqlite') return
  await store.write((tx) => tx.updateTable('mails').set({ claimed_until: 0 }).where('claimed_until', '>', 0).execute())
}

/** The mails that carry the link of an enrolment which has ended. */
export async function cancelMailsAbout(tx: Db, about: string, at: number): Promise<void> {
  await tx
    .updateTable('mails')
    .set({ state: 'cancelled', finished_at: at, sealed_values: null, claimed_until: 0 })
    .where('about', '=', about)
    .where('state', '=', 'waiting')
    .execute()
}

/** How the mails that carry these links went. */
export async function mailsAbout(
  db: Db,
  enrolments: readonly string[],
): Promise<Map<string, { state: MailRow['state']; to: string; error: string | null }>> {
  if (enrolments.length === 0) return new Map()
  const rows = await db
    .selectFrom('mails')
    .select(['about', 'state', 'recipient', 'error'])
    .where('about', 'in', enrolments)
    .execute()
  return new Map(rows.map(({ about, state, recipient, error }) => [about ?? '', { state, to: recipient, error }]))
}

const DONE_KEPT_MS = 30 * 24 * 60 * 60 * 1000

/** Forgets, in small steps, mails that were done with a month ago: their addresses are personal. */
export async function purgeMails(store: Store, now: number): Promise<void> {
  const old = await store.read
    .selectFrom('mails')
    .select('id')
    .where('state', '!=', 'waiting')
    .where('created_at', '<', now - DONE_KEPT_MS)
    .limit(500)
    .execute()
  if (old.length === 0) return
  const ids = old.map(({ id }) => id)
  await store.write((tx) => tx.deleteFrom('mails').where('id', 'in', ids).execute())
}
