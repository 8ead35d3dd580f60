// People are found by their user names, by the parts of double names and without accents too.
import type { Kysely } from 'kysely'
import { nameWords } from '../../../protocol/name-words.ts'
import type { Schema } from '../schema.ts'

const BATCH = 2000

export async function people(store: Kysely<unknown>): Promise<void> {
  const db = store as Kysely<Schema>
  for (let after = ''; ; ) {
    const users = await db
      .selectFrom('users')
      .select(['id', 'username', 'display_name', 'email'])
      .where('id', '>', after as never)
      .orderBy('id')
      .limit(BATCH)
      .execute()
    const words = users.flatMap(({ id, username, display_name: displayName, email }) => {
      const known = new Set(displayName.normalize('NFKC').toLowerCase().split(/\s+/))
      const own = nameWords({ username, displayName, email })
      return own.filter((word) => !known.has(word)).map((word) => ({ word, user_id: id }))
    })
    if (words.length > 0)
      await db
        .insertInto('user_words')
        .values(words)
        .onConflict((c) => c.doNothing())
        .execute()
    const last = users.at(-1)
    if (!last) return
    after = last.id
  }
}
