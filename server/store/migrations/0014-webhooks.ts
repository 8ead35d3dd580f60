// Webhooks that want more than security events: how far in the audit log each has come.
import type { Kysely } from 'kysely'

export async function webhooks(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('webhooks').addColumn('audit_position', 'bigint').execute()
}
