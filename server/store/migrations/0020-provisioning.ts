// What a directory that provisions us asks for besides: the parts of a name, when something last changed, and filters
// that answer at once among a million people.
import { type Kysely, sql } from 'kysely'
import { index } from './tables.ts'

export async function provisioning(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('users').addColumn('given_name', 'text').execute()
  await db.schema.alterTable('users').addColumn('family_name', 'text').execute()
  for (const table of ['users', 'groups'] as const) {
    await db.schema
      .alterTable(table)
      .addColumn('changed_at', 'bigint', (c) => c.notNull().defaultTo(0))
      .execute()
    await sql`UPDATE ${sql.table(table)} SET changed_at = created_at`.execute(db)
  }
  await db.schema
    .alterTable('groups')
    .addColumn('members_version', 'bigint', (c) => c.notNull().defaultTo(1))
    .execute()
  await index(db, 'users', ['changed_at'])
  await index(db, 'users', ['state', 'username_key'])
  await index(db, 'groups', ['external_id'])
  await db.schema.createIndex('users_email_lower').on('users').expression(sql`lower(email)`).execute()
}
