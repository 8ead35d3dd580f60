// The queries of what the OpenID provider keeps: codes, access tokens, grants, sign-ins under way.

import { purgeExpired } from '../store/purge-expired.ts'
import type { Db, OidcArtifactsTable } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

export type ArtifactRow = OidcArtifactsTable

export function artifactRow(db: Db, kind: string, id: string): Promise<ArtifactRow | undefined> {
  return db.selectFrom('oidc_artifacts').selectAll().where('kind', '=', kind).where('id', '=', id).executeTakeFirst()
}

export function artifactByUid(db: Db, kind: string, uid: string): Promise<ArtifactRow | undefined> {
  return db.selectFrom('oidc_artifacts').selectAll().where('kind', '=', kind).where('uid', '=', uid).executeTakeFirst()
}

export async function putArtifact(tx: Db, row: ArtifactRow): Promise<void> {
  const { kind: _kind, id: _id, ...changes } = row
  await tx
    .insertInto('oidc_artifacts')
    .values(row)
    .onConflict((c) => c.columns(['kind', 'id']).doUpdateSet(changes))
    .execute()
}

/** @returns false where it is there already */
export async function addArtifact(tx: Db, row: ArtifactRow): Promise<boolean> {
  const result = await tx
    .insertInto('oidc_artifacts')
    .values(row)
    .onConflict((c) => c.columns(['kind', 'id']).doNothing())
    .executeTakeFirstOrThrow()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** @returns false where it was consumed before, or is gone: of two who present the same code one wins */
export async function consumeArtifact(tx: Db, kind: string, id: string, at: number): Promise<boolean> {
  const result = await tx
    .updateTable('oidc_artifacts')
    .set({ consumed_at: at })
    .where('kind', '=', kind)
    .where('id', '=', id)
    .where('consumed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

export async function removeArtifact(tx: Db, kind: string, id: string): Promise<void> {
  await tx.deleteFrom('oidc_artifacts').where('kind', '=', kind).where('id', '=', id).execute()
}

export async function removeArtifactsOfGrant(tx: Db, grant: string): Promise<void> {
  await tx.deleteFrom('oidc_artifacts').where('grant_id', '=', grant).execute()
}

/** Forgets what expired before `now`; @returns how many, at most a bounded number a call */
export const purgeArtifacts = (store: Store, now: number): Promise<number> => purgeExpired(store, 'oidc_artifacts', now)
