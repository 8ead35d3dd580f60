// Enrolments as operators look at them: of one person, and all that are open.
import type { Kysely } from 'kysely'
import { index } from './tables.ts'

export async function enrolments(db: Kysely<unknown>): Promise<void> {
  await index(db, 'enrolments', ['user_id', 'created_at'])
}
