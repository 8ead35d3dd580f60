// People who can be suspended, found by any of their names, and gathered in groups.
import type { Kysely } from 'kysely'
import { nameWords } from '../../../protocol/name-words.ts'
import type { Schema } from '../schema.ts'
import { type EngineColumns, index, table } from './tables.ts'

const BATCH = 500

export async function groups(db: Kysely<unknown>, engine: EngineColumns): Promise<void> {
  const users = db.schema.alterTable('users')
  await users.addColumn('state', 'text', (c) => c.notNull().defaultTo('active')).execute()
  await users.addColumn('version', 'bigint', (c) => c.notNull().defaultTo(1)).execute()
  await users.addColumn('external_id', 'text').execute()
  await index(db, 'users', ['external_id'])
  await table(
    db,
    'groups',
    {
      id: 'text',
      name: 'text',
      name_key: 'text',
      version: 'bigint',
      external_id: 'text?',
      created_at: 'bigint',
    },
    ['id'],
  )
  await index(db, 'groups', ['name_key'], true)
  await table(db, 'group_members', { group_id: 'text', user_id: 'text' }, ['group_id', 'user_id'])
  await index(db, 'group_members', ['user_id'])
  await table(db, 'user_words', { word: 'text', user_id: 'text' }, ['word', 'user_id'])
  await index(db, 'user_words', ['user_id'])
  await engine.bytewise(db, 'user_words', 'word')
  await index(db, 'audit', ['user_id', 'at'])
  await index(db, 'security_events', ['user_id'])
  await wordsOfAll(db as Kysely<Schema>)
}

async function wordsOfAll(db: Kysely<Schema>): Promise<void> {
  for (let after = ''; ; ) {
    const users = await db
      .selectFrom('users')
      .select(['id', 'username', 'display_name', 'email'])
      .where('id', '>', after as never)
      .orderBy('id')
      .limit(BATCH)
      .execute()
    const words = users.flatMap((user) =>
      nameWords({ username: user.username, displayName: user.display_name, email: user.email }).map((word) => ({
        word,
        user_id: user.id,
      })),
    )
    if (words.length > 0) await db.insertInto('user_words').values(words).execute()
    const last = users.at(-1)
    if (!last) return
    after = last.id
  }
}
