import type { RadiusClientId } from '../../protocol/ids.ts'
import type { RadiusFault } from '../../protocol/operator-api/radius-clients.ts'
import type { RadiusClientsTable } from '../store/radius-tables.ts'
import type { Db } from '../store/schema.ts'

export type RadiusClientRow = RadiusClientsTable

/** Oldest first. */
export function allClients(db: Db, application?: RadiusClientRow['application_id']): Promise<RadiusClientRow[]> {
  let query = db.selectFrom('radius_clients').selectAll().orderBy('created_at').orderBy('id')
  if (application !== undefined) query = query.where('application_id', '=', application)
  return query.execute()
}

export function clientById(db: Db, id: RadiusClientId): Promise<RadiusClientRow | undefined> {
  return db.selectFrom('radius_clients').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Compare and set. @returns false where another change came first */
export async function updateClient(
  tx: Db,
  { id, version }: Pick<RadiusClientRow, 'id' | 'version'>,
  changes: Partial<Omit<RadiusClientRow, 'id' | 'version'>>,
): Promise<boolean> {
  const result = await tx
    .updateTable('radius_clients')
    .set({ ...changes, version: version + 1 })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/** Not a change of the client: its version stays. */
export async function noteSeen(tx: Db, id: RadiusClientId, at: number, fault?: RadiusFault): Promise<void> {
  await tx
    .updateTable('radius_clients')
    .set(fault === undefined ? { last_seen_at: at } : { fault, fault_at: at })
    .where('id', '=', id)
    .execute()
}
