import { setTimeout as after } from 'node:timers/promises'
import { type Kysely, type Migration, Migrator, sql } from 'kysely'
import { Problem } from '../../protocol/problems.ts'
import type { Db } from './schema.ts'

/**
 * `ahead`: the part that takes long, done before while others go on writing, outside of any transaction. It can be cut
 * off anywhere and begins anew then. A new store has no need of it: `up` does whatever is not done yet.
 */
export type Step = Migration & { ahead?: (db: Kysely<unknown>) => Promise<void> }
export type Steps = Readonly<Record<string, Step>>

/** A table that is there as long as a database is being filled from another store: see move.ts. */
export const FILLING = 'filling'

/**
 * All that is missing in one transaction: a migration that fails leaves the store as it was for the release before. Only
 * where one has a part that goes ahead, what comes before it is a transaction of its own.
 * @param isBeingFilled by whoever opens it
 * @param isShared with processes of other releases, perhaps: nothing is taken away then
 * @throws {Problem} `unavailable` where a newer release has brought the store forward, or half of it is still elsewhere
 */
export async function migrate(
  db: Db,
  known: Steps,
  { isBeingFilled = false, isShared = false }: { isBeingFilled?: boolean; isShared?: boolean } = {},
): Promise<void> {
  const done = await refuse(db, new Set(Object.keys(known)), isBeingFilled)
  const mine = Object.keys(known).filter((name) => !isShared || !isContraction(name))
  // Nobody who only opens a store waits for whoever writes there.
  if (mine.every((name) => done.has(name))) return
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => pick(known, isShared ? [...mine, ...(await contractionsIn(db))] : mine) },
    // Each stands by itself, so one may come that sorts before another which a store has already.
    allowUnorderedMigrations: true,
  })
  if (done.size > 0) await goAhead(db, migrator, { all: pick(known, mine), done })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}

const pick = (steps: Steps, names: readonly string[]): Record<string, Step> =>
  Object.fromEntries(Object.entries(steps).filter(([name]) => names.includes(name)))

/** Kysely holds to it that whatever is done is known to it, and another process may do some of these at any time. */
const contractionsIn = async (db: Db) => [...(await doneIn(db))].filter(isContraction)

/** In the order in which Kysely takes them. */
async function goAhead(
  db: Db,
  migrator: Migrator,
  { all, done }: { all: Steps; done: ReadonlySet<string> },
): Promise<void> {
  const names = Object.keys(all).sort()
  for (const [place, name] of names.entries()) {
    const ahead = all[name]?.ahead
    if (!ahead || done.has(name)) continue
    const before = names.slice(0, place).findLast((earlier) => !done.has(earlier))
    const { error } = before === undefined ? { error: undefined } : await migrator.migrateTo(before)
    if (error) throw error
    await db.connection().execute((connection) => alone(connection, () => ahead(connection as Kysely<unknown>)))
  }
}

/** PostgreSQL's number for the lock that keeps two such parts apart: "part" in ASCII. */
const LOCK = 0x70617274
const ASKED_AGAIN_MS = 200

/** Asked for again and again: whoever waits in a statement would itself be waited for by an index that is being made. */
async function alone(connection: Db, work: () => Promise<void>): Promise<void> {
  const isHeld = sql<{ held: boolean }>`select pg_try_advisory_lock(${sql.lit(LOCK)}) as held`
  while (!(await isHeld.execute(connection)).rows[0]?.held) await after(ASKED_AGAIN_MS)
  try {
    await work()
  } finally {
    await sql`select pg_advisory_unlock(${sql.lit(LOCK)})`.execute(connection)
  }
}

/** What this release does not know it would not keep: it must not write here. @returns what is done already */
async function refuse(db: Db, known: ReadonlySet<string>, isBeingFilled: boolean): Promise<ReadonlySet<string>> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!isBeingFilled && tables.some(({ name }) => name === FILLING)) {
    throw new Problem('unavailable', {
      detail: 'This database is being filled from another store: run migrate-store again to finish that.',
    })
  }
  if (!tables.some(({ name }) => name === 'kysely_migration')) return new Set()
  return refuseUnknown(db, known)
}

/**
 * So a migration is called that older releases may go on beside: what they know is there, works as before, and may be
 * written without what is new.
 */
const onlyAdds = (name: string) => name.endsWith('+')

/**
 * So a migration is called that takes away what only older releases need. Where processes share a store it waits until
 * none of those is there any more: see processes.ts.
 */
export const isContraction = (name: string) => name.endsWith('-')

/**
 * Another process may have brought it forward while this one runs.
 * @returns what is done
 * @throws {Problem} unavailable
 */
export async function refuseUnknown(db: Db, known: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const done = await doneIn(db)
  const newer = [...done].find((name) => !known.has(name) && !onlyAdds(name))
  if (newer === undefined) return done
  throw new Problem('unavailable', {
    detail: `A newer release has brought this store forward (${newer}): run that one, or restore the backup from before.`,
  })
}

async function doneIn(db: Db): Promise<ReadonlySet<string>> {
  const done = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .execute()
  return new Set(done.map(({ name }) => name))
}
