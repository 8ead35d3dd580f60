// Entries of a kind and an act are found in one index: of two indexes each would lead to all entries of the one, to be
// looked at for the other.
import type { Kysely } from 'kysely'
import { index } from './tables.ts'

export async function actsOfAKind(db: Kysely<unknown>): Promise<void> {
  await index(db, 'audit_seals', ['act', 'at', 'position', 'kind'])
  await db.schema.dropIndex('audit_seals_act_at_position').execute()
}
