// Entries of a kind and an act are found in one index: of two indexes each would lead to all entries of the one, to be
// looked at for the other. What signs in has no act, and writes neither.
import { type Kysely, sql } from 'kysely'

export async function actsOfAKind(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex('audit_seals_act_at_position').execute()
  const indexes = {
    audit_seals_act: ['act', 'at', 'position'],
    audit_seals_act_kind: ['act', 'kind', 'at', 'position'],
  }
  for (const [name, columns] of Object.entries(indexes))
    await db.schema.createIndex(name).on('audit_seals').columns(columns).where(sql<boolean>`act is not null`).execute()
}
