// The documents of policies, version by version.
import type { Kysely } from 'kysely'
import { table } from './tables.ts'

export async function policies(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'policy_versions',
    {
      scope: 'text',
      version: 'bigint',
      document: 'text',
      actor_id: 'text?',
      actor_name: 'text',
      created_at: 'bigint',
    },
    ['scope', 'version'],
  )
}
