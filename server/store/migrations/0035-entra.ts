// Sign-ins that Microsoft Entra ID began, until they are over.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function entra(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'entra_visits',
    {
      id: 'text',
      client_id: 'text',
      user_id: 'text',
      browser: 'text',
      nonce: 'text',
      question: 'text',
      outcome: 'text?',
      expires_at: 'bigint',
    },
    ['id'],
  )
  await index(db, 'entra_visits', ['client_id', 'nonce'], true)
  await index(db, 'entra_visits', ['expires_at'])
}
