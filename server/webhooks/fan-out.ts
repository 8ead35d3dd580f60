// From what happened to what each webhook is to be told. A security event is a row of the transaction that made it
// true; here it becomes one delivery for each webhook that wants it, in one transaction with the mark that it has.
import { newId, type RandomBytes } from '../../protocol/ids.ts'
import { chainRow } from '../audit/chain/rows.ts'
import { SECURITY_EVENTS } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/store.ts'
import { auditEventId } from './events.ts'
import { allWebhooks, type DeliveryRow, insertDeliveries, type WebhookRow } from './rows.ts'

type Needs = { store: Store; clock: Clock; random: RandomBytes }

/** A receiver that is down for a day is caught up, and has two more to be mended in. */
export const KEPT_MS = 3 * 24 * 3_600_000
/** As many as hold up whoever else writes for a few milliseconds. */
const BATCH = 200

/** Of a webhook's `kinds`: the whole audit log. */
export const EVERYTHING = '*'
const ALARMS: ReadonlySet<string> = new Set(SECURITY_EVENTS)
export const kindsOf = ({ kinds }: Pick<WebhookRow, 'kinds'>) => JSON.parse(kinds) as string[]

/** No kinds: every security event. */
function wants(webhook: WebhookRow, kind: string): boolean {
  const kinds = kindsOf(webhook)
  return kinds.length === 0 ? ALARMS.has(kind) : kinds.includes(EVERYTHING) || kinds.includes(kind)
}

export const wantsAudit = (kinds: readonly string[]) => kinds.some((kind) => !ALARMS.has(kind))

/** Nobody's yet, and due at once. */
export function newDelivery(
  { clock, random }: Pick<Needs, 'clock' | 'random'>,
  about: Pick<DeliveryRow, 'webhook_id' | 'event_id' | 'kind'>,
): DeliveryRow {
  const now = clock.now()
  const { webhook_id, event_id, kind } = about
  return {
    webhook_id,
    event_id,
    kind,
    id: newId('dlv', random),
    state: 'waiting',
    attempts: 0,
    due_at: now,
    claimed_until: 0,
    created_at: now,
    expires_at: now + KEPT_MS,
    finished_at: null,
    status: null,
    error: null,
  }
}

export async function fanOut(needs: Needs): Promise<void> {
  await fanOutAlarms(needs)
  for (const webhook of await allWebhooks(needs.store.read)) await fanOutAudit(needs, webhook)
}

async function fanOutAlarms(needs: Needs): Promise<void> {
  const { store, clock } = needs
  const fresh = await store.read
    .selectFrom('security_events')
    .select('id')
    .where('delivered_at', 'is', null)
    .orderBy('at')
    .limit(BATCH)
    .execute()
  if (fresh.length === 0) return
  const ids = fresh.map(({ id }) => id)
  await store.write(async (tx) => {
    // First: of two processes that saw the same events one hands them on.
    const events = await tx
      .updateTable('security_events')
      .set({ delivered_at: clock.now() })
      .where('id', 'in', ids)
      .where('delivered_at', 'is', null)
      .returning(['id', 'kind'])
      .execute()
    const open = (await allWebhooks(tx)).filter(({ state }) => state !== 'off')
    const rows = open.flatMap((webhook) =>
      events
        .filter(({ kind }) => wants(webhook, kind))
        .map(({ id, kind }) => newDelivery(needs, { webhook_id: webhook.id, event_id: id, kind })),
    )
    await insertDeliveries(tx, rows)
  })
}

/** What is in the audit log alone, in the order of its chain. */
async function fanOutAudit(needs: Needs, webhook: WebhookRow): Promise<void> {
  const { store } = needs
  const { id, audit_position: from } = webhook
  if (from === null || webhook.state === 'off') return
  const chain = await chainRow(store.read)
  const rows = await store.read
    .selectFrom('audit_seals')
    .select(['position', 'kind'])
    .where('position', '>', from)
    .orderBy('position')
    .limit(BATCH)
    .execute()
  const last = rows.at(-1)
  if (!last || !chain) return
  const wanted = rows.filter(({ kind }) => !ALARMS.has(kind) && wants(webhook, kind))
  await store.write(async (tx) => {
    const moved = await tx
      .updateTable('webhooks')
      .set({ audit_position: last.position })
      .where('id', '=', id)
      .where('audit_position', '=', from)
      .executeTakeFirstOrThrow()
    if (moved.numUpdatedRows !== 1n) return
    const deliveries = wanted.map(({ position, kind }) =>
      newDelivery(needs, { webhook_id: id, event_id: auditEventId(chain.chain, position), kind }),
    )
    await insertDeliveries(tx, deliveries)
  })
}
