import type { ApplicationId } from '../../protocol/ids.ts'
import type { ApplicationsTable, Db } from '../store/schema.ts'

export type ApplicationRow = ApplicationsTable

export async function insertApplication(tx: Db, application: ApplicationRow): Promise<void> {
  await tx.insertInto('applications').values(application).execute()
}

/** @param hash SHA-256 of the key */
export async function insertApiKey(tx: Db, hash: string, application: ApplicationId, at: number): Promise<void> {
  await tx.insertInto('api_keys').values({ hash, application_id: application, created_at: at }).execute()
}

export function applicationByKeyHash(db: Db, hash: string): Promise<ApplicationRow | undefined> {
  return db
    .selectFrom('api_keys')
    .innerJoin('applications', 'applications.id', 'api_keys.application_id')
    .selectAll('applications')
    .where('api_keys.hash', '=', hash)
    .executeTakeFirst()
}

export function applicationByClientId(db: Db, clientId: string): Promise<ApplicationRow | undefined> {
  return db.selectFrom('applications').selectAll().where('client_id', '=', clientId).executeTakeFirst()
}
