// Tokens in the order in which they were made, those of each state by themselves: no sign-in changes any of it. An index
// for each state, since one that begins with the state draws SQLite away from those that begin with the person.
import { sql } from 'kysely'
import type { Step } from '../migrate.ts'
import { type EngineColumns, indexing } from './tables.ts'

const STATES = ['active', 'suspended', 'revoked']

export function allTokens(engine: EngineColumns): Step {
  const ofState = (state: string) => ({
    name: `tokens_${state}_created_at_id`,
    on: 'tokens',
    columns: ['created_at', 'id'],
    where: sql<boolean>`state = ${sql.lit(state)}`,
  })
  return indexing(engine, STATES.map(ofState))
}
