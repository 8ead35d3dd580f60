// What operators have sent by hand: a test, and what a receiver missed.
import type { RandomBytes } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import { paged, timeIn } from '../store/cursor.ts'
import { deliver, newEventId, type WebhookCourierNeeds } from './courier.ts'
import { KEPT_MS, newDelivery } from './fan-out.ts'
import { claim, type DeliveryRow, deliveryById, insertDeliveries } from './rows.ts'
import { isAccepted } from './send.ts'
import { knownWebhook } from './webhooks.ts'

type Needs = WebhookCourierNeeds & { random: RandomBytes }

/** Tried once, at once. @throws {Problem} unknown-webhook */
export async function testWebhook(needs: Needs, id: string) {
  const { store, clock, random } = needs
  await knownWebhook(store.read, id)
  const row = newDelivery(needs, { webhook_id: id, event_id: newEventId(random), kind: 'test' })
  await store.write((tx) => insertDeliveries(tx, [row]))
  const [claimed] = await claim(store, [row.id], clock.now())
  const answer = claimed ? await deliver(needs, claimed) : { status: null, error: 'taken', ms: 0 }
  return { accepted: isAccepted(answer), ...answer }
}

type Again = {
  id: string
  delivery?: string | undefined
  since?: number | undefined
  until?: number | undefined
  delivered?: boolean | undefined
}

/**
 * The same events again, under the same ids, by which a receiver knows what it had.
 * @param which one delivery, or all that were given up in a time (ms), and those that were delivered in it if wanted
 * @throws {Problem} unknown-webhook, unknown-delivery, invalid: all that was ever delivered
 */
export async function replay(
  { store, clock }: Needs,
  { id, delivery, since, until, delivered }: Again,
  by: Actor,
): Promise<number> {
  await knownWebhook(store.read, id)
  const one = delivery === undefined ? undefined : await deliveryById(store.read, delivery)
  if (delivery !== undefined && one?.webhook_id !== id) throw new Problem('unknown-delivery')
  if (delivered && since === undefined)
    throw new Problem('invalid', {
      members: { errors: { '/since': 'must be there, where what was delivered is sent again' } },
    })
  const now = clock.now()
  const again: Partial<DeliveryRow> = { state: 'waiting', attempts: 0, due_at: now, expires_at: now + KEPT_MS }
  return store.write(async (tx) => {
    let query = tx
      .updateTable('webhook_deliveries')
      .set({ ...again, finished_at: null, claimed_until: 0 })
      .where('webhook_id', '=', id)
      .where('state', '!=', 'waiting')
    query = one
      ? query.where('id', '=', one.id)
      : query
          .where('state', 'in', delivered ? ['failed', 'delivered'] : ['failed'])
          .where('created_at', '>=', since ?? 0)
          .where('created_at', '<', until ?? Number.MAX_SAFE_INTEGER)
    const replayed = Number((await query.executeTakeFirstOrThrow()).numUpdatedRows)
    await record(tx, { at: now, kind: 'webhook-replayed', by, detail: { webhook: id, deliveries: replayed } })
    return replayed
  })
}

const PAGE = 50

/** Newest first. @throws {Problem} unknown-webhook; invalid where the cursor is not one of ours */
export async function listDeliveries(
  { store }: Pick<Needs, 'store'>,
  { id, state, cursor }: { id: string; state?: DeliveryRow['state'] | undefined; cursor?: string | undefined },
) {
  await knownWebhook(store.read, id)
  const after = timeIn(cursor)
  let query = store.read.selectFrom('webhook_deliveries').selectAll().where('webhook_id', '=', id)
  if (state !== undefined) query = query.where('state', '=', state)
  if (after)
    query = query
      .where('created_at', '<=', after.at)
      .where((e) => e.or([e('created_at', '<', after.at), e('id', '<', after.id)]))
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(PAGE + 1)
    .execute()
  return paged(rows, PAGE, (row) => row.created_at)
}

/** How many wait, and how many were given up, by webhook. */
export async function deliveryCounts({ store }: Pick<Needs, 'store'>) {
  const rows = await store.read
    .selectFrom('webhook_deliveries')
    .select(['webhook_id', 'state', ({ fn }) => fn.countAll<number>().as('count')])
    .where('webhook_id', 'in', (query) => query.selectFrom('webhooks').select('id'))
    .where('state', 'in', ['waiting', 'failed'])
    .groupBy(['webhook_id', 'state'])
    .execute()
  return (id: string, state: DeliveryRow['state']) =>
    Number(rows.find((row) => row.webhook_id === id && row.state === state)?.count ?? 0)
}
