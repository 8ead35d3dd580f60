// How applications present themselves, to whom they are open, and when something was last heard of them.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function applicationDoors(db: Kysely<unknown>): Promise<void> {
  const applications = () => db.schema.alterTable('applications')
  for (const column of ['login_text', 'icon', 'previous_client_secret'])
    await applications().addColumn(column, 'text').execute()
  for (const column of ['previous_secret_until', 'oidc_asked_at', 'oidc_used_at'])
    await applications().addColumn(column, 'bigint').execute()
  await applications()
    .addColumn('restricted', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute()
  await table(db, 'application_groups', { application_id: 'text', group_id: 'text' }, ['application_id', 'group_id'])
  await index(db, 'application_groups', ['group_id'])
  await table(db, 'application_icons', { hash: 'text', type: 'text', bytes: 'text' }, ['hash'])
}
