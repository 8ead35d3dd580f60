// Delivers what waits for webhooks. A receiver that is down is tried with one delivery at growing intervals, and given
// all that waited as soon as it takes that one.
import { newId, type RandomBytes } from '../../protocol/ids.ts'
import { raise } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { nextStep, whileDue } from '../due.ts'
import type { Logger } from '../log.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { bodyOf } from './events.ts'
import { fanOut, KEPT_MS } from './fan-out.ts'
import {
  claimDeliveries,
  type DeliveryRow,
  finishDelivery,
  moveWaiting,
  releaseLeftBehind,
  type WebhookRow,
  webhookById,
} from './rows.ts'
import { type Answer, isAccepted, type WebhookSender } from './send.ts'
import { signedHeaders } from './signature.ts'
import { secretsOf } from './webhooks.ts'

export type WebhookCourierNeeds = {
  store: Store
  clock: Clock
  random: RandomBytes
  sealer: Sealer
  log: Logger
  sendWebhook: WebhookSender
}

export const LOOK_EVERY_MS = 900
const MOST_AT_ONCE = 20
/** 410: the receiver wants nothing more, ever. */
const GONE = 410

/** Runs until the signal; what is on the wire is finished first. */
export async function deliverWebhooks(needs: WebhookCourierNeeds, signal: AbortSignal): Promise<void> {
  await releaseLeftBehind(needs.store)
  const unread = 'what waits for webhooks could not be read; it is taken up again'
  await whileDue(needs, { deliver: () => deliverDue(needs), every: LOOK_EVERY_MS, unread }, signal)
}

/** @returns how many were tried */
async function deliverDue(needs: WebhookCourierNeeds): Promise<number> {
  await fanOut(needs)
  const due = await claimDeliveries(needs.store, needs.clock.now(), MOST_AT_ONCE)
  await Promise.all(due.map((delivery) => deliver(needs, delivery)))
  return due.length
}

/** @param delivery claimed; @returns what the receiver said */
export async function deliver(needs: WebhookCourierNeeds, delivery: DeliveryRow): Promise<Answer> {
  const { store, clock, sealer } = needs
  const webhook = await webhookById(store.read, delivery.webhook_id)
  const body = await bodyOf(store.read, delivery)
  if (!webhook || body === undefined) return giveUp(needs, delivery, 'the event is no longer kept')
  const at = clock.now()
  const headers = signedHeaders({ id: delivery.event_id, at, body }, secretsOf(sealer, webhook, at))
  const answer = await needs.sendWebhook(webhook.url, headers, body)
  await (isAccepted(answer) ? accepted(needs, webhook, delivery, answer) : failed(needs, webhook, delivery, answer))
  return answer
}

async function giveUp({ store, clock }: WebhookCourierNeeds, delivery: DeliveryRow, error: string): Promise<Answer> {
  await store.write((tx) => finishDelivery(tx, delivery, { state: 'failed', finished_at: clock.now(), error }))
  return { status: null, error, ms: 0 }
}

async function accepted(needs: WebhookCourierNeeds, webhook: WebhookRow, delivery: DeliveryRow, answer: Answer) {
  const { store, clock, log } = needs
  const now = clock.now()
  await store.write(async (tx) => {
    const done = { state: 'delivered', status: answer.status, error: null, finished_at: now } as const
    await finishDelivery(tx, delivery, { ...done, attempts: delivery.attempts + 1 })
    if (webhook.failing_since === null) return
    await tx.updateTable('webhooks').set({ failing_since: null }).where('id', '=', webhook.id).execute()
    await moveWaiting(tx, webhook.id, now)
  })
  if (webhook.failing_since !== null) log.info({ webhook: webhook.id }, 'a webhook takes events again')
}

async function failed(needs: WebhookCourierNeeds, webhook: WebhookRow, delivery: DeliveryRow, answer: Answer) {
  const { store, clock, random, log } = needs
  const now = clock.now()
  const attempts = delivery.attempts + 1
  const said = { attempts, status: answer.status, error: answer.error }
  const dueAt = now + spread(nextStep(attempts), random)
  const isLast = dueAt > delivery.expires_at || delivery.kind === 'test'
  await store.write(async (tx) => {
    const over = { ...said, state: 'failed', finished_at: now } as const
    if (!(await finishDelivery(tx, delivery, isLast ? over : { ...said, due_at: dueAt }))) return
    if (delivery.kind === 'test') return
    await noteFailing(tx, webhook, now)
    if (!isLast) await moveWaiting(tx, webhook.id, dueAt)
    if (answer.status === GONE || now - (webhook.failing_since ?? now) > KEPT_MS)
      await switchOff(tx, webhook, said, now)
  })
  log.warn({ webhook: webhook.id, status: answer.status, fault: answer.error }, 'a webhook did not take an event')
}

async function noteFailing(tx: Db, { id }: WebhookRow, now: number): Promise<void> {
  await tx
    .updateTable('webhooks')
    .set({ failing_since: now })
    .where('id', '=', id)
    .where('failing_since', 'is', null)
    .execute()
}

/** Told to the others, and to whoever looks at the console: what comes from now on is kept for when it is on again. */
async function switchOff(tx: Db, { id, name }: WebhookRow, said: object, now: number): Promise<void> {
  const changed = await tx
    .updateTable('webhooks')
    .set((e) => ({ state: 'failed', version: e('version', '+', 1) }))
    .where('id', '=', id)
    .where('state', '=', 'on')
    .executeTakeFirstOrThrow()
  if (changed.numUpdatedRows === 1n)
    await raise(tx, { at: now, kind: 'webhook-failed', detail: { webhook: id, name, ...said } })
}

/** Never all at the same moment: from the step to a fifth more. */
function spread(step: number, random: RandomBytes): number {
  return step + Math.floor((step / 5) * ((random(1)[0] ?? 0) / 256))
}

export const newEventId = (random: RandomBytes) => newId('evt', random)
