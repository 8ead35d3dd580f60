// Sign-ins that were typed instead of approved: counted for a time without looking at any other entry.
import { type Kysely, sql } from 'kysely'

export async function typedSignIns(db: Kysely<unknown>): Promise<void> {
  // Not as another index has the kind: SQLite would go there, and to each entry for its application.
  await db.schema
    .createIndex('audit_seals_typed')
    .on('audit_seals')
    .columns(['at', 'kind', 'application_id'])
    .where(sql<boolean>`kind || '' in ('passcode-accepted', 'recovery-code-used') and application_id is not null`)
    .execute()
}
