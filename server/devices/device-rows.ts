// The queries of devices.
import { type DeviceId, deviceId } from '../../protocol/ids.ts'
import { prepared } from '../store/prepared.ts'
import type { Db, DevicesTable } from '../store/schema.ts'

export type DeviceRow = DevicesTable

const activeById = prepared((db, v: { id: DeviceId }) =>
  db.selectFrom('devices').selectAll().where('id', '=', v.id).where('state', '=', 'active'),
)

/** @param id as claimed, whatever it is */
export async function findActiveDevice(db: Db, id: string): Promise<DeviceRow | undefined> {
  const known = deviceId.safeParse(id)
  // Not every text is one that PostgreSQL can be asked for: what is no id is nobody's.
  return known.success ? (await activeById(db, { id: known.data })).rows[0] : undefined
}

export function deviceByThumbprint(db: Db, thumbprint: string): Promise<DeviceRow | undefined> {
  return db.selectFrom('devices').selectAll().where('key_thumbprint', '=', thumbprint).executeTakeFirst()
}

/** As its person named it. */
export async function deviceName(db: Db, id: DeviceId): Promise<string> {
  const row = await db.selectFrom('devices').select('name').where('id', '=', id).executeTakeFirst()
  return row?.name ?? ''
}

/** @returns false where another device has that key */
export async function insertDevice(tx: Db, device: DeviceRow): Promise<boolean> {
  const result = await tx
    .insertInto('devices')
    .values(device)
    .onConflict((c) => c.column('key_thumbprint').doNothing())
    .executeTakeFirstOrThrow()
  return result.numInsertedOrUpdatedRows === 1n
}

/** Keeps a device from being revoked until this transaction has ended. @returns undefined where it was before */
export function keepDevice(tx: Db, id: DeviceId): Promise<DeviceRow | undefined> {
  return tx
    .updateTable('devices')
    .set({ state: 'active' })
    .where('id', '=', id)
    .where('state', '=', 'active')
    .returningAll()
    .executeTakeFirst()
}

export async function renameDevice(tx: Db, { id, name }: Pick<DeviceRow, 'id' | 'name'>): Promise<void> {
  await tx.updateTable('devices').set({ name }).where('id', '=', id).execute()
}

/** @returns false where it is unknown or revoked already */
export async function markDeviceRevoked(tx: Db, id: DeviceId): Promise<boolean> {
  const result = await tx
    .updateTable('devices')
    .set({ state: 'revoked' })
    .where('id', '=', id)
    .where('state', '=', 'active')
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}
