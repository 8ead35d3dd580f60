// Thousands of requests that nobody answered, made in the store alone: what nobody could ask over HTTP in a test's time.
import { sql } from 'kysely'
import type { LoginRequestsTable } from '../../server/store/schema.ts'
import type { Store } from '../../server/store/store.ts'

type Flood = {
  /** a request that all are copies of */
  like: string
  times: number
  /** each older than the one before */
  everyMs: number
  /** tells the ids of several floods apart */
  mark?: string
}

export async function floodOf(store: Store, { like, times, everyMs, mark = 'a' }: Flood): Promise<void> {
  const row = await store.read
    .selectFrom('login_requests')
    .selectAll()
    .where('id', '=', like as LoginRequestsTable['id'])
    .executeTakeFirstOrThrow()
  const columns = (Object.keys(row) as (keyof LoginRequestsTable)[]).map((column) => sql.ref(column))
  const values = (Object.keys(row) as (keyof LoginRequestsTable)[]).map((column) => {
    if (column === 'id') return sql`id || ${sql.lit(mark)} || n`
    if (column === 'created_at') return sql`created_at - n * ${sql.lit(everyMs)}`
    if (column === 'state') return sql.lit('expired')
    return sql.ref(column)
  })
  await store.write((tx) =>
    sql`with recursive counted(n) as (select 1 union all select n + 1 from counted where n < ${sql.lit(times)})
      insert into login_requests (${sql.join(columns)})
      select ${sql.join(values)} from login_requests cross join counted where id = ${like}`.execute(tx),
  )
}
