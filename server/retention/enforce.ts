// Lets go of what has been kept for long enough, in steps so small that nobody who signs in waits for them.
import type { RetentionTimes } from '../../protocol/operator-api/retention.ts'
import { putCut, signedCut } from '../audit/chain/cut.ts'
import { erasedUntil, lastErasure, moveErased, putErasure, signedErasure } from '../audit/chain/erasure.ts'
import { eraseEntries } from '../audit/erase.ts'
import type { Target } from '../store/schema.ts'
import { cutParts } from './cut-parts.ts'
import { type RetentionNeeds, STEP } from './needs.ts'
import { retention } from './times.ts'
import { waitedFor } from './unsent.ts'

const DAY = 24 * 3_600_000
/** In one turn: ten thousand a minute are more than a busy installation makes. */
const MOST_STEPS = 50

/** @param days how long what it looks at is kept @returns how many rows it let go of */
type Step = (needs: RetentionNeeds, before: number, days: number) => Promise<number>

const STEPS: Record<keyof RetentionTimes, Step> = {
  requests: forgetRequests,
  reports: forgetReports,
  auditDetail: eraseDetail,
  audit: cutAudit,
  deliveries: forgetDeliveries,
}

export async function enforceRetention(needs: RetentionNeeds): Promise<void> {
  const times = await retention(needs.store.read)
  for (const [kind, step] of Object.entries(STEPS)) {
    const days = times[kind as keyof typeof STEPS]
    if (days === null) continue
    const before = needs.clock.now() - days * DAY
    for (let steps = 0; steps < MOST_STEPS; steps++) if ((await step(needs, before, days)) < STEP) break
  }
}

/** What is still asked stays, however old; what was counted of the others stays in the counts. */
async function forgetRequests({ store }: RetentionNeeds, before: number): Promise<number> {
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
async function forgetReports({ store }: RetentionNeeds, before: number): Promise<number> {
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

/**
 * A step of them in the order of the chain, up to the first that is not that old, or that the organisation's syslog
 * receiver has not got yet. @param from after this position
 */
async function sealsBefore(needs: RetentionNeeds, before: number, from?: number) {
  const isWaitedFor = await waitedFor(needs, before)
  let query = needs.store.read.selectFrom('audit_seals').select(['position', 'hash', 'at'])
  if (from !== undefined) query = query.where('position', '>', from)
  const rows = await query.orderBy('position').limit(STEP).execute()
  const fresh = rows.findIndex((row) => row.at >= before || isWaitedFor(row))
  return fresh === -1 ? rows : rows.slice(0, fresh)
}

/** Entry by entry in the order of the chain, which says of what was erased that it was there, and signed, why. */
async function eraseDetail(needs: RetentionNeeds, before: number): Promise<number> {
  const { store } = needs
  const from = await erasedUntil(store.read)
  const old = await sealsBefore(needs, before, from)
  const last = old.at(-1)
  if (!last) return explainOlder(needs, from, before)
  const mark = await signedErasure(needs, last, before)
  const isMine = await store.write(async (tx) => {
    if (!(await moveErased(tx, from, last.position))) return false
    await putErasure(tx, mark)
    await eraseEntries(tx, from, last.position)
    return true
  })
  // Another process was here first, and may have gone less far.
  return isMine ? old.length : STEP
}

/** What releases erased that signed nothing of it. */
async function explainOlder(needs: RetentionNeeds, erased: number, before: number): Promise<number> {
  const last = await lastErasure(needs)
  if (erased <= (last?.position ?? 0)) return 0
  const { read } = needs.store
  const place = await read
    .selectFrom('audit_seals')
    .select(['position', 'hash'])
    .where('position', '=', erased)
    .executeTakeFirst()
  if (!place) return 0
  const mark = await signedErasure(needs, place, before)
  await needs.store.write(async (tx) => {
    if (await moveErased(tx, erased, erased)) await putErasure(tx, mark)
  })
  return 0
}

async function cutAudit(needs: RetentionNeeds, before: number, days: number): Promise<number> {
  const { store } = needs
  const parts = store.engine === 'postgres' ? await cutParts(needs, before, days) : undefined
  if (parts !== undefined) return parts
  const old = await sealsBefore(needs, before)
  const last = old.at(-1)
  if (!last) return 0
  const { position } = last
  const cut = await signedCut(needs, last)
  await store.write(async (tx) => {
    await putCut(tx, cut)
    await tx.deleteFrom('audit').where('position', '<=', position).execute()
    await tx.deleteFrom('audit_seals').where('position', '<=', position).execute()
  })
  return old.length
}

/** What still waits for a receiver stays, and so does its event. */
async function forgetDeliveries({ store }: RetentionNeeds, before: number): Promise<number> {
  const old = await store.read
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('created_at', '<', before)
    .where('state', '!=', 'waiting')
    .orderBy('created_at')
    .limit(STEP)
    .execute()
  const events = await store.read
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
  if (old.length + events.length === 0) return 0
  await store.write(async (tx) => {
    if (old.length > 0)
      await tx
        .deleteFrom('webhook_deliveries')
        .where(
          'id',
          'in',
          old.map(({ id }) => id),
        )
        .execute()
    if (events.length > 0)
      await tx
        .deleteFrom('security_events')
        .where(
          'id',
          'in',
          events.map(({ id }) => id),
        )
        .execute()
  })
  return Math.max(old.length, events.length)
}
