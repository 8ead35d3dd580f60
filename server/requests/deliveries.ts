// How far a request got: queued, sent, shown. It only ever moves forward.

import type { DeviceId, RequestId } from '../../protocol/ids.ts'
import type { Delivery } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import { prepared } from '../store/prepared.ts'
import type { Db } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import { requestRow, targetOn, targetsOf } from './rows.ts'
import { asOf } from './state.ts'

const BEFORE: Record<'failed' | 'sent' | 'shown', [Delivery, ...Delivery[]]> = {
  failed: ['queued'],
  sent: ['none', 'queued', 'failed'],
  shown: ['none', 'queued', 'failed', 'sent'],
}

type Advance = { id: RequestId; delivery: Delivery; now: number } & Record<
  'first' | 'second' | 'third' | 'fourth',
  Delivery
>

const advance = prepared((db, v: Advance) =>
  db
    .updateTable('login_requests')
    .set((e) => ({ delivery: v.delivery, version: e('version', '+', 1) }))
    .where('id', '=', v.id)
    .where('delivery', 'in', [v.first, v.second, v.third, v.fourth])
    .where('state', '=', 'pending')
    .where('expires_at', '>', v.now),
)

/** One statement: whatever else happens to the request, its delivery is never set back. */
export async function noteDelivery(
  tx: Db,
  announce: Announce,
  id: RequestId,
  delivery: 'failed' | 'sent' | 'shown',
  now: number,
) {
  const [first, second = first, third = second, fourth = third] = BEFORE[delivery]
  announce(`request:${id}`)
  await advance(tx, { id, delivery, now, first, second, third, fourth })
}

const held = prepared((db, { id }: { id: RequestId }) =>
  db
    .updateTable('login_requests')
    .set((e) => ({ version: e.ref('version') }))
    .where('id', '=', id)
    .where('delivery', '=', 'queued')
    .returning('targets'),
)

const onItsWay = prepared((db, { id }: { id: RequestId }) =>
  db.selectFrom('outbox').select('id').where('request_id', '=', id).where('kind', '=', 'login-request').limit(1),
)

/** One device was not reached; where another may still be, that says nothing yet. Its push has left the outbox before. */
export async function noteFailure(tx: Db, announce: Announce, id: RequestId, now: number) {
  // Two that end at once: whoever comes second waits here, and then sees that the other has gone.
  const [request] = (await held(tx, { id })).rows
  if (!request) return
  const devices = new Set(targetsOf(request).map(({ device }) => device))
  if (devices.size > 1 && (await onItsWay(tx, { id })).rows.length > 0) return
  await noteDelivery(tx, announce, id, 'failed', now)
}

/** A device says that it shows a request, or that it was opened. @throws {Problem} unknown-request */
export async function takeReceipt(
  { store, clock }: { store: Store; clock: Clock },
  device: DeviceId,
  id: RequestId,
): Promise<void> {
  const row = await requestRow(store.read, id)
  if (!row || !targetOn(row, device)) throw new Problem('unknown-request')
  if (row.delivery === 'shown' || asOf(row, clock.now()).state !== 'pending') return
  await store.write((tx, announce) => noteDelivery(tx, announce, id, 'shown', clock.now()))
}
