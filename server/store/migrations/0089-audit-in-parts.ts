// On PostgreSQL the audit log is in parts from here on. What is there becomes the first one as it stands: that none of it
// belongs to a later one is looked through ahead, while others write.
import { type Kysely, sql } from 'kysely'
import type { Step } from '../migrate.ts'
import { CUT_BY, divide, LEAST, type PartedTable } from '../parts.ts'
import type { Db } from '../schema.ts'
import type { EngineColumns } from './tables.ts'

const TABLES = Object.keys(CUT_BY) as PartedTable[]
const DAY = 24 * 3_600_000
/** So many days may pass before the first part is full, at least. */
const AHEAD_DAYS = 60
const AHEAD = 10_000_000

export function auditInParts({ isShared }: EngineColumns): Step {
  if (!isShared) return { up: async () => {} }
  return {
    up: async (db) => {
      for (const table of TABLES) {
        await divide(db as Db, table, (await limitOf(db, table)) ?? LEAST)
        const first = sql.table(`${table}_part_first`)
        await sql`alter table ${first} drop constraint if exists ${sql.ref(limitName(table))}`.execute(db)
      }
      await sql`alter sequence audit_seq_seq owned by audit.seq`.execute(db)
    },
    ahead: async (db) => {
      for (const table of TABLES) {
        const name = sql.ref(limitName(table))
        if ((await limitOf(db, table)) === undefined) {
          const limit = sql`check (${sql.ref(CUT_BY[table])} < ${sql.lit(await farAhead(db as Db))})`
          await sql`alter table ${sql.table(table)} add constraint ${name} ${limit} not valid`.execute(db)
        }
        await sql`alter table ${sql.table(table)} validate constraint ${name}`.execute(db)
      }
    },
  }
}

const limitName = (table: PartedTable) => `${table}_until`

/** Of the first part, where it has been set. */
async function limitOf(db: Kysely<unknown>, table: PartedTable): Promise<number | undefined> {
  const { rows } = await sql<{ text: string }>`select pg_get_constraintdef(oid) as text from pg_constraint
    where conrelid = to_regclass(${table}) and conname = ${limitName(table)}`.execute(db)
  const limit = /< '?(\d+)/.exec(rows[0]?.text ?? '')?.[1]
  return limit === undefined ? undefined : Number(limit)
}

/** A place that no process of an older release reaches before the parts are there, however long it goes on alone. */
async function farAhead(db: Db): Promise<number> {
  const { rows } = await sql<{ last: number; now: number }>`
    select last_value as last, (extract(epoch from now()) * 1000)::bigint as now from audit_seq_seq`.execute(db)
  const { last, now } = rows[0] ?? { last: 0, now: 0 }
  const early = await db
    .selectFrom('audit_seals')
    .select('position')
    .where('at', '<', now - AHEAD_DAYS * DAY)
    .orderBy('at', 'desc')
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last + Math.max(AHEAD, last - (early?.position ?? 0))
}
