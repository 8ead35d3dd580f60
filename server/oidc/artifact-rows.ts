// The queries of what the OpenID provider keeps: codes, access tokens, grants, sign-ins under way.
import { prepared } from '../store/prepared.ts'
import { purgeExpired } from '../store/purge-expired.ts'
import type { Db, OidcArtifactsTable } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

export type ArtifactRow = Omit<OidcArtifactsTable, 'uid' | 'user_code'>

const COLUMNS = ['kind', 'id', 'payload', 'grant_id', 'account_id', 'consumed_at', 'expires_at'] as const

const byId = prepared((db, v: { kind: string; id: string }) =>
  db.selectFrom('oidc_artifacts').select(COLUMNS).where('kind', '=', v.kind).where('id', '=', v.id),
)

export async function artifactRow(db: Db, kind: string, id: string): Promise<ArtifactRow | undefined> {
  return (await byId(db, { kind, id })).rows[0]
}

const valuesOf = ({ kind, id, payload, grant_id, account_id, consumed_at, expires_at }: ArtifactRow) => ({
  ...{ kind, id, payload, grant_id, account_id, consumed_at, expires_at },
})

const put = prepared((db, row: ArtifactRow) => {
  const { kind: _kind, id: _id, ...changes } = valuesOf(row)
  return db
    .insertInto('oidc_artifacts')
    .values(valuesOf(row))
    .onConflict((c) => c.columns(['kind', 'id']).doUpdateSet(changes))
})

export async function putArtifact(tx: Db, row: ArtifactRow): Promise<void> {
  await put(tx, row)
}

const replace = prepared((db, v: { kind: string; id: string; payload: string }) =>
  db
    .updateTable('oidc_artifacts')
    .set({ payload: v.payload })
    .where('kind', '=', v.kind)
    .where('id', '=', v.id)
    .where('consumed_at', 'is', null),
)

/** @returns false where it is gone, or was consumed: what was used up does not come back */
export async function replaceArtifact(tx: Db, { kind, id, payload }: ArtifactRow): Promise<boolean> {
  return (await replace(tx, { kind, id, payload })).numAffectedRows === 1n
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

const consume = prepared((db, v: { kind: string; id: string; at: number }) =>
  db
    .updateTable('oidc_artifacts')
    .set({ consumed_at: v.at })
    .where('kind', '=', v.kind)
    .where('id', '=', v.id)
    .where('consumed_at', 'is', null),
)

/** @returns false where it was consumed before, or is gone: of two who present the same code one wins */
export async function consumeArtifact(tx: Db, kind: string, id: string, at: number): Promise<boolean> {
  return (await consume(tx, { kind, id, at })).numAffectedRows === 1n
}

const remove = prepared((db, v: { kind: string; id: string }) =>
  db.deleteFrom('oidc_artifacts').where('kind', '=', v.kind).where('id', '=', v.id),
)

/** @returns false where it was gone */
export async function removeArtifact(tx: Db, kind: string, id: string): Promise<boolean> {
  return (await remove(tx, { kind, id })).numAffectedRows === 1n
}

export async function removeArtifactsOfGrant(tx: Db, grant: string): Promise<void> {
  await tx.deleteFrom('oidc_artifacts').where('grant_id', '=', grant).execute()
}

/** Forgets what expired before `now`; @returns how many, at most a bounded number a call */
export const purgeArtifacts = (store: Store, now: number): Promise<number> => purgeExpired(store, 'oidc_artifacts', now)
