// On PostgreSQL: which processes work on the store. Whoever does not enter itself here would not be waited for, so no
// release from before may go on beside: the migration's name says nothing else.
import type { Step } from '../migrate.ts'
import { type EngineColumns, table } from './tables.ts'

export function processes({ isShared }: EngineColumns): Step {
  return {
    up: async (db) => {
      if (isShared) await table(db, 'processes', { id: 'text', knows: 'text', seen_at: 'bigint' }, ['id'])
    },
  }
}
