// What is looked for before it is written, where no row is there yet that could be held.
import { sql } from 'kysely'
import type { Db } from './schema.ts'
import type { Store } from './store.ts'

/** Whoever else holds this name waits for the end of this transaction. On SQLite there is one writer. */
export async function holdName(tx: Db, { engine }: Pick<Store, 'engine'>, name: string): Promise<void> {
  if (engine === 'postgres') await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx)
}

/**
 * Beside others who share this name, and never waiting, so that it may come after anything else that is held.
 * @returns false where somebody holds it, or waits to
 */
export async function mayShareName(tx: Db, { engine }: Pick<Store, 'engine'>, name: string): Promise<boolean> {
  if (engine !== 'postgres') return true
  const tried = sql<{
    shared: boolean
  }>`select pg_try_advisory_xact_lock_shared(hashtextextended(${name}, 0)) as shared`
  return (await tried.execute(tx)).rows[0]?.shared === true
}
