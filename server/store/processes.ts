// Which processes work on one PostgreSQL, and what each of them can do without: what only older releases need is taken
// away when the last of those is gone. All times are the database's own.
import { sql } from 'kysely'
import { isContraction, refuseUnknown, type Steps } from './migrate.ts'
import { isTaken } from './parts.ts'
import type { Db } from './schema.ts'

export const PROCESSES = '0088-processes'
/** Whoever was not heard of for so long is gone. Nothing is in a hurry, and a network may be away for a while. */
const GONE_MS = 10 * 60_000
/** Whoever writes waits no longer for what is taken away. */
const WAITS = '500ms'

/** The one that Kysely holds while it migrates. */
const KYSELYS_LOCK = '3853314791062309107'

const NOW = '(extract(epoch from clock_timestamp()) * 1000)::bigint'
const now = sql.raw<number>(NOW)

export type Self = { id: string; steps: Steps }
export type Beating = { text: string; values: string[] }

const contractionsOf = (steps: Steps) => Object.keys(steps).filter(isContraction).sort()

/** Says that a process is there, at its start and with each beat, and asks what time it is there. A release from before there was a list says nothing. */
export function beatOf({ id, steps }: Self): Beating {
  if (!(PROCESSES in steps)) return { text: `select ${NOW} as now`, values: [] }
  return {
    text: `insert into processes (id, knows, seen_at) values ($1, $2, ${NOW})
      on conflict (id) do update set seen_at = excluded.seen_at returning ${NOW} as now`,
    values: [id, JSON.stringify(contractionsOf(steps))],
  }
}

/**
 * For one that has just entered itself: what was taken away before that is known by now.
 * @throws {Problem} unavailable
 */
export async function enter(db: Db, self: Self): Promise<void> {
  const known = new Set(Object.keys(self.steps))
  try {
    await refuseUnknown(db, known)
  } catch (error) {
    await leave(db, self)
    throw error
  }
}

export async function leave(db: Db, { id, steps }: Self): Promise<void> {
  if (PROCESSES in steps) await sql`delete from processes where id = ${id}`.execute(db)
}

/** Takes away what every process that is there can do without. Where somebody holds it, another time. */
export async function contract(db: Db, steps: Steps): Promise<void> {
  const all = contractionsOf(steps)
  if (all.length === 0) return
  const done = await refuseUnknown(db, new Set(Object.keys(steps)))
  if (all.every((name) => done.has(name))) return
  await db
    .transaction()
    .execute((tx) => contractIn(tx, steps))
    .catch((error: unknown) => {
      if (!isTaken(error)) throw error
    })
}

async function contractIn(tx: Db, steps: Steps): Promise<void> {
  await sql`select set_config('lock_timeout', ${WAITS}, true)`.execute(tx)
  // Nobody brings the store forward meanwhile,
  await sql`select pg_advisory_xact_lock(${sql.lit(KYSELYS_LOCK)}::bigint)`.execute(tx)
  // and nobody enters: whoever does afterwards sees what is done here, and is refused if it is of an older release.
  await sql`lock table processes in exclusive mode`.execute(tx)
  await sql`delete from processes where seen_at < ${now} - ${sql.lit(GONE_MS)}`.execute(tx)
  const there = await sql<{ knows: string }>`select distinct knows from processes`.execute(tx)
  const known = there.rows.map(({ knows }) => new Set(JSON.parse(knows) as string[]))
  const done = await refuseUnknown(tx, new Set(Object.keys(steps)))
  for (const name of contractionsOf(steps)) {
    if (done.has(name)) continue
    if (!known.every((names) => names.has(name))) return
    await steps[name]?.up(tx)
    await sql`insert into kysely_migration (name, timestamp) values (${name}, ${new Date().toISOString()})`.execute(tx)
  }
}
