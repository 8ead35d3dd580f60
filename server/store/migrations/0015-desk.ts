// Passcodes that the help desk gives to somebody whose device is not at hand.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function desk(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'temporary_passcodes',
    {
      id: 'text',
      user_id: 'text',
      passcode: 'text',
      once: 'bigint',
      created_at: 'bigint',
      expires_at: 'bigint',
      ended_at: 'bigint?',
    },
    ['id'],
  )
  await index(db, 'temporary_passcodes', ['user_id', 'expires_at'])
}
