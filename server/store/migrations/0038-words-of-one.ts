// Whether somebody has a word that begins so is read from the index alone: in a search for two common words it is asked
// of thousands of people.
import type { Kysely } from 'kysely'
import { index } from './tables.ts'

export async function wordsOfOne(db: Kysely<unknown>): Promise<void> {
  await index(db, 'user_words', ['user_id', 'word'])
  await db.schema.dropIndex('user_words_user_id').execute()
}
