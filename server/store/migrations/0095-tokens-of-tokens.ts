// Which API token made another one: it ends with it.
import type { Kysely } from 'kysely'

export async function tokensOfTokens(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('api_tokens').addColumn('made_by_token', 'text').execute()
  await db.schema.createIndex('api_tokens_made_by_token').on('api_tokens').column('made_by_token').execute()
}
