// The queries of webhooks and of what is to be delivered to them.
import { sql } from 'kysely'
import type { WebhookDeliveriesTable, WebhooksTable } from '../store/audit-tables.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

export type WebhookRow = WebhooksTable
export type DeliveryRow = WebhookDeliveriesTable

/** How long a process that fell silent keeps its deliveries from the others; longer than a receiver may take. */
const CLAIM_MS = 60_000
/** What was failing is tried with one delivery first: a receiver that is down is not run over. */
const LOOKED_AT = 100

export function allWebhooks(db: Db): Promise<WebhookRow[]> {
  return db.selectFrom('webhooks').selectAll().orderBy('created_at').orderBy('id').execute()
}

export function webhookById(db: Db, id: string): Promise<WebhookRow | undefined> {
  return db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Compare and set. @returns false where another change came first */
export async function updateWebhook(
  tx: Db,
  { id, version }: Pick<WebhookRow, 'id' | 'version'>,
  changes: Partial<Omit<WebhookRow, 'id' | 'version'>>,
): Promise<boolean> {
  const result = await tx
    .updateTable('webhooks')
    .set({ ...changes, version: version + 1 })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

export async function insertDeliveries(tx: Db, rows: readonly DeliveryRow[]): Promise<void> {
  if (rows.length > 0) await tx.insertInto('webhook_deliveries').values(rows).execute()
}

export function deliveryById(db: Db, id: string): Promise<DeliveryRow | undefined> {
  return db.selectFrom('webhook_deliveries').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Takes what is due and nobody's, oldest first; of a webhook that fails one only. */
export async function claimDeliveries(store: Store, now: number, most: number): Promise<DeliveryRow[]> {
  const due = await store.read
    .selectFrom('webhook_deliveries')
    .innerJoin('webhooks', 'webhooks.id', 'webhook_deliveries.webhook_id')
    .select(['webhook_deliveries.id', 'webhook_id', 'failing_since'])
    // In the text: SQLite uses a partial index only where it can see that it fits.
    .where('webhook_deliveries.state', '=', sql.lit('waiting' as const))
    .where('webhook_deliveries.due_at', '<=', now)
    .where('webhook_deliveries.claimed_until', '<=', now)
    .where('webhooks.state', '=', 'on')
    .orderBy('webhook_deliveries.due_at')
    .orderBy('webhook_deliveries.created_at')
    .orderBy('webhook_deliveries.id')
    .limit(LOOKED_AT)
    .execute()
  const tried = new Set<string>()
  const chosen = due.filter(({ webhook_id, failing_since }) => {
    if (failing_since !== null && tried.has(webhook_id)) return false
    tried.add(webhook_id)
    return true
  })
  const ids = chosen.slice(0, most).map(({ id }) => id)
  return ids.length === 0 ? [] : claim(store, ids, now)
}

/** @returns those that are nobody else's */
export function claim(store: Store, ids: readonly string[], now: number): Promise<DeliveryRow[]> {
  return store.write((tx) =>
    tx
      .updateTable('webhook_deliveries')
      .set({ claimed_until: now + CLAIM_MS })
      .where('id', 'in', ids)
      .where('state', '=', 'waiting')
      .where('claimed_until', '<=', now)
      .returningAll()
      .execute(),
  )
}

/** A claim's end tells it from every later claim on the same delivery. @returns whether it was still this claim's */
export async function finishDelivery(
  tx: Db,
  { id, claimed_until }: DeliveryRow,
  changes: Partial<DeliveryRow>,
): Promise<boolean> {
  const result = await tx
    .updateTable('webhook_deliveries')
    .set({ ...changes, claimed_until: 0 })
    .where('id', '=', id)
    .where('claimed_until', '=', claimed_until)
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/** Everything that waits for this webhook, at another time. */
export async function moveWaiting(tx: Db, webhook: string, dueAt: number): Promise<void> {
  await tx
    .updateTable('webhook_deliveries')
    .set({ due_at: dueAt })
    .where('webhook_id', '=', webhook)
    .where('state', '=', 'waiting')
    .execute()
}

const MOST_GIVEN_UP = 200

/**
 * Gives up, in small steps, what waits beyond its time for a webhook that is switched off: nobody tries it any more. Of
 * one that is on the courier does, so that a server that stood still for days loses nothing. @returns how many
 */
export async function giveUpOverdue(store: Store, now: number): Promise<number> {
  const oldest = await store.read
    .selectFrom('webhook_deliveries')
    .innerJoin('webhooks', 'webhooks.id', 'webhook_deliveries.webhook_id')
    .select(['webhook_deliveries.id', 'webhook_deliveries.expires_at'])
    // In the text: SQLite uses a partial index only where it can see that it fits.
    .where('webhook_deliveries.state', '=', sql.lit('waiting' as const))
    .where('webhooks.state', '!=', 'on')
    .orderBy('webhook_deliveries.due_at')
    .orderBy('webhook_deliveries.created_at')
    .limit(MOST_GIVEN_UP)
    .execute()
  const ids = oldest.filter(({ expires_at }) => expires_at <= now).map(({ id }) => id)
  if (ids.length === 0) return 0
  const given = { state: 'failed', finished_at: now, error: 'the webhook was switched off' } as const
  await store.write((tx) =>
    tx
      .updateTable('webhook_deliveries')
      .set(given)
      .where('id', 'in', ids)
      .where('state', '=', 'waiting')
      .where('claimed_until', '<=', now)
      .execute(),
  )
  return ids.length
}

/** The embedded store has a single server process: claims found at its start were left by one that was killed. */
export async function releaseLeftBehind(store: Store): Promise<void> {
  if (store.engine !== 'sqlite') return
  await store.write((tx) =>
    tx.updateTable('webhook_deliveries').set({ claimed_until: 0 }).where('claimed_until', '>', 0).execute(),
  )
}
