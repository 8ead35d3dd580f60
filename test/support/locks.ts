// Whether a transaction waits for another, on PostgreSQL.
import { sql } from 'kysely'
import type { Store } from '../../server/store/store.ts'

export async function somebodyWaits({ read }: Store): Promise<boolean> {
  const waiting = sql`select 1 from pg_locks where not granted and pid in
    (select pid from pg_stat_activity where datname = current_database())`
  return (await waiting.execute(read)).rows.length > 0
}
