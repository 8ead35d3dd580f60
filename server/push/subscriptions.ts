// Where each device is reached: one push subscription a device, kept with the VAPID key it was made with.
import { ECDH } from 'node:crypto'
import type { ExpressionBuilder } from 'kysely'
import type { Subscription } from '../../protocol/device-api.ts'
import { fromBase64url } from '../../protocol/encoding.ts'
import type { DeviceId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { prepared } from '../store/prepared.ts'
import type { Db, Schema, SubscriptionsTable } from '../store/schema.ts'
import { allowedEndpoint, type EndpointRules } from './endpoint.ts'
import { noteReachOf } from './unreachable.ts'
import type { Vapid } from './vapid.ts'

/** A subscription whose endpoint and keys were found good. */
export type AdmittedSubscription = Omit<SubscriptionsTable, 'device_id' | 'created_at'>

/**
 * What a device sent, checked; it resolves a name, so it comes before any transaction.
 * @throws {Problem} invalid, endpoint-not-allowed
 */
export async function admitSubscription(
  sent: Subscription & { vapidKey?: string | undefined },
  { rules, vapid }: { rules: EndpointRules; vapid: Vapid },
): Promise<AdmittedSubscription> {
  const { keys, vapidKey } = sent
  const errors: Record<string, string> = {}
  if (!isOnCurve(keys.p256dh)) errors['/keys/p256dh'] = 'must be a point of P-256'
  if (!bytesOf(keys.auth)) errors['/keys/auth'] = 'must be base64url of 16 bytes'
  if (Object.keys(errors).length > 0) throw new Problem('invalid', { members: { errors } })
  const endpoint = await allowedEndpoint(sent.endpoint, rules)
  const madeWith = vapidKey !== undefined && (await vapid.knows(vapidKey)) ? vapidKey : vapid.publicKey
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth, vapid_key: madeWith }
}

/** The device's subscription from now on. @param now milliseconds since the epoch */
export async function putSubscription(
  tx: Db,
  device: DeviceId,
  admitted: AdmittedSubscription,
  now: number,
): Promise<void> {
  const values = { ...admitted, created_at: now }
  await tx
    .insertInto('subscriptions')
    .values({ device_id: device, ...values })
    .onConflict((conflict) => conflict.column('device_id').doUpdateSet(values))
    .execute()
  await noteReachOf(tx, device)
}

export async function removeSubscription(tx: Db, device: DeviceId): Promise<void> {
  await tx.deleteFrom('subscriptions').where('device_id', '=', device).execute()
  await noteReachOf(tx, device)
}

/** Forgets an endpoint that has ended, unless the device has given another one since. */
export async function dropEndpoint(tx: Db, device: DeviceId, endpoint: string): Promise<void> {
  await tx.deleteFrom('subscriptions').where('device_id', '=', device).where('endpoint', '=', endpoint).execute()
  await noteReachOf(tx, device)
}

const ofTaken = (e: ExpressionBuilder<Schema, 'subscriptions'>) =>
  e.exists(
    e.selectFrom('devices').select('id').whereRef('id', '=', 'subscriptions.device_id').where('state', '=', 'revoked'),
  )

const holdTaken = prepared((db, v: { device: DeviceId }) =>
  db.updateTable('subscriptions').set({ device_id: v.device }).where('device_id', '=', v.device).where(ofTaken),
)

const dropTaken = prepared((db, v: { device: DeviceId }) =>
  db
    .deleteFrom('subscriptions')
    .where('device_id', '=', v.device)
    .where(ofTaken)
    .where((e) =>
      e.not(
        e.exists(
          e
            .selectFrom('outbox')
            .select('outbox.id')
            .whereRef('outbox.device_id', '=', 'subscriptions.device_id')
            .where('outbox.kind', '=', 'notice'),
        ),
      ),
    ),
)

/** Of a device that was taken away, once there is nothing left to tell it. */
export async function dropOfTaken(tx: Db, device: DeviceId): Promise<void> {
  // Held first, so that of two last pushes that end at once the later one sees that the other has.
  await Promise.all([holdTaken(tx, { device }), dropTaken(tx, { device })])
}

export function subscriptionOf(db: Db, device: DeviceId): Promise<SubscriptionsTable | undefined> {
  return db.selectFrom('subscriptions').selectAll().where('device_id', '=', device).executeTakeFirst()
}

const byDevice = prepared((db, v: { device: DeviceId }) =>
  db.selectFrom('subscriptions').selectAll().where('device_id', '=', v.device),
)

/** By device; devices without a subscription are absent. */
export async function subscriptionsOf(
  db: Db,
  devices: readonly DeviceId[],
): Promise<Map<DeviceId, SubscriptionsTable>> {
  const found = await Promise.all(devices.map((device) => byDevice(db, { device })))
  return new Map(found.flatMap(({ rows }) => rows.map((row) => [row.device_id, row])))
}

/** Undefined for a spelling that is not the canonical one. */
function bytesOf(text: string): Uint8Array | undefined {
  try {
    return fromBase64url(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A point beside the curve would fail at each push, long after the device that sent it could be told. */
function isOnCurve(point: string): boolean {
  // 6 and 7 are a second spelling of the same point.
  if (bytesOf(point)?.[0] !== 4) return false
  try {
    ECDH.convertKey(point, 'prime256v1', 'base64url')
    return true
  } catch {
    return false
  }
}
