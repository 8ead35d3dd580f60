// Tokens in the order in which they were made, those of each state by themselves: no sign-in changes any of it.
import type { Kysely } from 'kysely'
import { index } from './tables.ts'

export const allTokens = (db: Kysely<unknown>): Promise<void> => index(db, 'tokens', ['state', 'created_at', 'id'])
