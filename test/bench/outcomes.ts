// What a run left in the store: a figure is only told for logins that were whole, and written to the disk.
import { sql } from 'kysely'
import type { Store } from '../../server/store/store.ts'

export type Outcomes = {
  /** approved, redeemed, and their push taken by the push service */
  whole: number
  /** requests in any other state */
  others: number
  /** signed statements kept */
  decisions: number
  /** pushes that nobody delivered */
  leftInOutbox: number
  /** what the engine says about waiting for the disk */
  durability: string
}

export async function outcomesOf({ engine, read }: Store): Promise<Outcomes> {
  const count = async (from: ReturnType<typeof sql>) =>
    Number((await sql<{ n: number }>`select count(*) as n from ${from}`.execute(read)).rows[0]?.n)
  const all = await count(sql`login_requests`)
  const whole = await count(
    sql`login_requests where state = 'approved' and redeemed_at is not null and delivery = 'sent'`,
  )
  return {
    whole,
    others: all - whole,
    decisions: await count(sql`decisions`),
    leftInOutbox: await count(sql`outbox`),
    durability: engine === 'sqlite' ? await ofSqlite(read) : await ofPostgres(read),
  }
}

async function ofSqlite(read: Store['read']): Promise<string> {
  const { rows: modes } = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(read)
  const { rows: levels } = await sql<{ synchronous: number }>`pragma synchronous`.execute(read)
  const level = ['off', 'normal', 'full', 'extra'][levels[0]?.synchronous ?? -1]
  return `journal_mode=${modes[0]?.journal_mode} synchronous=${level}`
}

async function ofPostgres(read: Store['read']): Promise<string> {
  const { rows: syncs } = await sql<{ fsync: string }>`show fsync`.execute(read)
  const { rows: commits } = await sql<{ synchronous_commit: string }>`show synchronous_commit`.execute(read)
  return `fsync=${syncs[0]?.fsync} synchronous_commit=${commits[0]?.synchronous_commit}`
}
