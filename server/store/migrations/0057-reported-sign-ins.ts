// Reports of sign-ins that asked no device: by a typed passcode, or a recovery code.
import type { Kysely } from 'kysely'

export async function reportedSignIns(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('reports').addColumn('entry', 'bigint').execute()
  await db.schema.alterTable('reports').addColumn('sign_in', 'text').execute()
}
