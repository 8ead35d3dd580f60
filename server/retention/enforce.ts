// Lets go of what has been kept for long enough, in steps so small that nobody who signs in waits for them.

import type { Signer } from '../audit/chain/mark.ts'
import { chainRow } from '../audit/chain/rows.ts'
import { eraseEntries } from '../audit/erase.ts'
import type { Clock } from '../clock.ts'
import type { Target } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { retention } from './times.ts'

export type RetentionNeeds = { store: Store; clock: Clock; auditSigner: Signer }

const DAY = 24 * 3_600_000
/** As many as hold up whoever else writes for a few milliseconds. */
const STEP = 200
/** In one turn: ten thousand a minute are more than a busy installation makes. */
const MOST_STEPS = 50
const DETAIL_MARK = 'audit-detail'

/** @returns how many rows it let go of */
type Step = (needs: RetentionNeeds, before: number) => Promise<number>

const STEPS: Record<'requests' | 'auditDetail' | 'audit' | 'deliveries', Step> = {
  requests: forgetRequests,
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
    for (let steps = 0; steps < MOST_STEPS; steps++) if ((await step(needs, before)) < STEP) break
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

/** A step of them in the order of the chain, up to the first that is not that old. @param from after this position */
async function sealsBefore({ read }: Store, before: number, from?: number) {
  let query = read.selectFrom('audit_seals').select(['position', 'hash', 'at'])
  if (from !== undefined) query = query.where('position', '>', from)
  const rows = await query.orderBy('position').limit(STEP).execute()
  const fresh = rows.findIndex(({ at }) => at >= before)
  return fresh === -1 ? rows : rows.slice(0, fresh)
}

/** Entry by entry in the order of the chain, which says of what was erased that it was there. */
async function eraseDetail({ store }: RetentionNeeds, before: number): Promise<number> {
  const from = await erasedUntil(store)
  const old = await sealsBefore(store, before, from)
  const last = old.at(-1)
  if (!last) return 0
  const isMine = await store.write(async (tx) => {
    const moved = await tx
      .insertInto('tally_marks')
      .values({ name: DETAIL_MARK, at: last.position })
      .onConflict((c) => c.column('name').doUpdateSet({ at: last.position }).where('tally_marks.at', '=', from))
      .executeTakeFirstOrThrow()
    if (moved.numInsertedOrUpdatedRows !== 1n) return false
    await eraseEntries(tx, from, last.position)
    return true
  })
  // Another process was here first, and may have gone less far.
  return isMine ? old.length : STEP
}

async function erasedUntil({ read }: Store): Promise<number> {
  const mark = await read.selectFrom('tally_marks').select('at').where('name', '=', DETAIL_MARK).executeTakeFirst()
  return mark?.at ?? 0
}

/** Where it was cut stands signed, so that a cut can be told from a theft. */
async function cutAudit({ store, clock, auditSigner }: RetentionNeeds, before: number): Promise<number> {
  const chain = await chainRow(store.read)
  const old = await sealsBefore(store, before)
  const last = old.at(-1)
  if (!last || !chain) return 0
  const now = clock.now()
  const { position, hash } = last
  const mark = await auditSigner.sign('cut', { chain: chain.chain, position, hash, iat: Math.floor(now / 1000) })
  await store.write(async (tx) => {
    await tx.deleteFrom('audit_cuts').where('position', '<', position).execute()
    const cut = { position, hash, at: now, mark }
    await tx
      .insertInto('audit_cuts')
      .values(cut)
      .onConflict((c) => c.column('position').doNothing())
      .execute()
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
