// Since when a passkey is known to have been copied: until it is removed, somebody has to see to it.
import type { Kysely } from 'kysely'

export async function copiedPasskeys(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('operator_passkeys').addColumn('copied_at', 'bigint').execute()
}
