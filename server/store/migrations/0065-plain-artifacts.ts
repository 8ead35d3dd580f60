// Sessions of the OpenID provider are kept no longer, so nothing is found by the name that they alone had.
import type { Kysely } from 'kysely'

export async function plainArtifacts(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex('oidc_artifacts_uid').execute()
}
