// Tokens in the order in which they were made, those of each state by themselves: no sign-in changes any of it. An index
// for each state, since one that begins with the state draws SQLite away from those that begin with the person.
import { type Kysely, sql } from 'kysely'

export async function allTokens(db: Kysely<unknown>): Promise<void> {
  for (const state of ['active', 'suspended', 'revoked'])
    await db.schema
      .createIndex(`tokens_${state}_created_at_id`)
      .on('tokens')
      .columns(['created_at', 'id'])
      .where(sql<boolean>`state = ${sql.lit(state)}`)
      .execute()
}
