import type { ApplicationId } from '../../protocol/ids.ts'
import { prepared } from '../store/prepared.ts'
import type { ApiKeysTable, ApplicationsTable, Db } from '../store/schema.ts'
import { putSites } from './protected-sites.ts'

export type ApplicationRow = ApplicationsTable
export type ApiKeyRow = ApiKeysTable

export async function insertApplication(tx: Db, application: ApplicationRow): Promise<void> {
  await tx.insertInto('applications').values(application).execute()
}

/** @param hash SHA-256 of the key */
export async function insertApiKey(tx: Db, hash: string, application: ApplicationId, at: number): Promise<void> {
  await tx
    .insertInto('api_keys')
    .values({ hash, application_id: application, created_at: at, last_used_at: null })
    .execute()
}

export type KeyOwner = ApplicationRow & Pick<ApiKeyRow, 'hash' | 'last_used_at'>

export function applicationsByKeyHash(db: Db, hashes: readonly string[]): Promise<KeyOwner[]> {
  return db
    .selectFrom('api_keys')
    .innerJoin('applications', 'applications.id', 'api_keys.application_id')
    .selectAll('applications')
    .select(['api_keys.hash', 'api_keys.last_used_at'])
    .where('api_keys.hash', 'in', hashes)
    .execute()
}

const byClientId = prepared((db, v: { clientId: string }) =>
  db.selectFrom('applications').selectAll().where('client_id', '=', v.clientId),
)

export async function applicationByClientId(db: Db, clientId: string): Promise<ApplicationRow | undefined> {
  return (await byClientId(db, { clientId })).rows[0]
}

const byId = prepared((db, v: { id: ApplicationId }) =>
  db.selectFrom('applications').selectAll().where('id', '=', v.id),
)

export async function applicationById(db: Db, id: ApplicationId): Promise<ApplicationRow | undefined> {
  return (await byId(db, { id })).rows[0]
}

export function allApplications(db: Db): Promise<ApplicationRow[]> {
  return db.selectFrom('applications').selectAll().orderBy('created_at').orderBy('id').execute()
}

/** Oldest first. */
export function apiKeysOf(db: Db, application: ApplicationId): Promise<ApiKeyRow[]> {
  return db
    .selectFrom('api_keys')
    .selectAll()
    .where('application_id', '=', application)
    .orderBy('created_at')
    .orderBy('hash')
    .execute()
}

export function allApiKeys(db: Db): Promise<ApiKeyRow[]> {
  return db.selectFrom('api_keys').selectAll().orderBy('created_at').orderBy('hash').execute()
}

/** Others who change the same application wait, or come too late. @returns false where it is gone */
export async function touchApplication(tx: Db, id: ApplicationId): Promise<boolean> {
  const result = await tx
    .updateTable('applications')
    .set((e) => ({ version: e('version', '+', 1) }))
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/** Compare and set. @returns false where another change came first */
export async function updateApplication(
  tx: Db,
  { id, version }: Pick<ApplicationRow, 'id' | 'version'>,
  changes: Partial<Omit<ApplicationRow, 'id' | 'version'>>,
): Promise<boolean> {
  const result = await tx
    .updateTable('applications')
    .set({ ...changes, version: version + 1 })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

export async function deleteApplication(tx: Db, id: ApplicationId): Promise<void> {
  await tx.deleteFrom('api_keys').where('application_id', '=', id).execute()
  for (const table of ['application_groups', 'handed_sign_ins', 'oidc_notices', 'radius_clients'] as const)
    await tx.deleteFrom(table).where('application_id', '=', id).execute()
  await putSites(tx, id, [])
  await tx.deleteFrom('applications').where('id', '=', id).execute()
}

export async function deleteApiKey(tx: Db, hash: string): Promise<void> {
  await tx.deleteFrom('api_keys').where('hash', '=', hash).execute()
}

export async function noteApplication(
  tx: Db,
  id: ApplicationId,
  column: 'oidc_asked_at' | 'oidc_used_at',
  now: number,
): Promise<void> {
  await tx
    .updateTable('applications')
    .set({ [column]: now })
    .where('id', '=', id)
    .execute()
}

export async function markKeyUsed(tx: Db, hash: string, now: number): Promise<void> {
  await tx.updateTable('api_keys').set({ last_used_at: now }).where('hash', '=', hash).execute()
}
