// Who made an operator's one-time link: it ends when that one's passkey is replaced.
import type { Kysely } from 'kysely'

export async function makersOfLinks(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('operator_invitations').addColumn('made_by', 'text').execute()
}
