// Rows that are let go of as they are: login requests, reports, and what webhooks were sent.
import type { Db, Target } from '../store/schema.ts'
import { type RetentionNeeds, STEP } from './needs.ts'

/** What is still asked stays, however old; what was counted of the others stays in the counts. */
export async function forgetRequests({ store }: RetentionNeeds, before: number): Promise<number> {
  const old = await store.read
    .selectFrom('login_requests')
    .select(['id', 'targets'])
    .where('created_at', '<', before)
    .where('state', '!=', 'pending')
    .orderBy('created_at')
    .limit(STEP)
    .execute()
  if (old.length === 0) return 0
  const ids = old.map(({ id }) => id)
  // By device, as their key has it: an index by request would cost every sign-in.
  const devices = [...new Set(old.flatMap(({ targets }) => (JSON.parse(targets) as Target[]).map((one) => one.device)))]
  await store.write(async (tx) => {
    if (devices.length > 0)
      await tx.deleteFrom('decisions').where('device_id', 'in', devices).where('request_id', 'in', ids).execute()
    await tx.deleteFrom('login_requests').where('id', 'in', ids).execute()
  })
  return old.length
}

/** Those that are closed, since they were: what somebody has still to look at stays. */
export async function forgetReports({ store }: RetentionNeeds, before: number): Promise<number> {
  const old = await store.read
    .selectFrom('reports')
    .select('id')
    .where('state', '=', 'closed')
    .where('at', '<', before)
    .where('closed_at', '<', before)
    .orderBy('at')
    .limit(STEP)
    .execute()
  if (old.length === 0) return 0
  const ids = old.map(({ id }) => id)
  await store.write((tx) => tx.deleteFrom('reports').where('id', 'in', ids).execute())
  return old.length
}

/** What still waits for a receiver stays, and so does its event. */
export async function forgetDeliveries({ store }: RetentionNeeds, before: number): Promise<number> {
  const deliveries = await oldDeliveries(store.read, before)
  const events = await oldEvents(store.read, before)
  if (deliveries.length + events.length === 0) return 0
  await store.write(async (tx) => {
    if (deliveries.length > 0) await tx.deleteFrom('webhook_deliveries').where('id', 'in', deliveries).execute()
    if (events.length > 0) await tx.deleteFrom('security_events').where('id', 'in', events).execute()
  })
  return Math.max(deliveries.length, events.length)
}

async function oldDeliveries(read: Db, before: number) {
  const rows = await read
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('created_at', '<', before)
    .where('state', '!=', 'waiting')
    .orderBy('created_at')
    .limit(STEP)
    .execute()
  return rows.map(({ id }) => id)
}

async function oldEvents(read: Db, before: number) {
  const rows = await read
    .selectFrom('security_events')
    .select('id')
    .where('at', '<', before)
    .where('delivered_at', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('webhook_deliveries')
            .select('webhook_deliveries.id')
            .whereRef('webhook_deliveries.event_id', '=', 'security_events.id'),
        ),
      ),
    )
    .orderBy('at')
    .limit(STEP)
    .execute()
  return rows.map(({ id }) => id)
}
