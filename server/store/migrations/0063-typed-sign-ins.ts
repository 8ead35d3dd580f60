// Sign-ins that were typed instead of approved: counted for a time without looking at any other entry.
import { sql } from 'kysely'
import type { Step } from '../migrate.ts'
import { type EngineColumns, indexing } from './tables.ts'

export function typedSignIns(engine: EngineColumns): Step {
  // Not as another index has the kind: SQLite would go there, and to each entry for its application.
  const isTyped = sql<boolean>`kind || '' in ('passcode-accepted', 'recovery-code-used') and application_id is not null`
  const columns = ['at', 'kind', 'application_id']
  return indexing(engine, [{ name: 'audit_seals_typed', on: 'audit_seals', columns, where: isTyped }])
}
