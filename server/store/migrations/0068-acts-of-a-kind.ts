// Entries of a kind and an act are found in one index: of two indexes each would lead to all entries of the one, to be
// looked at for the other. What signs in has no act, and writes neither.
import { sql } from 'kysely'
import type { Step } from '../migrate.ts'
import { type EngineColumns, indexing } from './tables.ts'

export function actsOfAKind(engine: EngineColumns): Step {
  const [on, where] = ['audit_seals', sql<boolean>`act is not null`]
  const { up, ahead } = indexing(engine, [
    { name: 'audit_seals_act', on, columns: ['act', 'at', 'position'], where },
    { name: 'audit_seals_act_kind', on, columns: ['act', 'kind', 'at', 'position'], where },
  ])
  return {
    up: async (db) => {
      await db.schema.dropIndex('audit_seals_act_at_position').execute()
      await up(db)
    },
    ...(ahead && { ahead }),
  }
}
