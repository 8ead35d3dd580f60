import { type Migration, Migrator } from 'kysely'
import { Problem } from '../../protocol/problems.ts'
import type { Db } from './schema.ts'

/** A table that is there as long as a database is being filled from another store: see move.ts. */
export const FILLING = 'filling'

/**
 * All that is missing in one transaction: a migration that fails leaves the store as it was for the release before.
 * @param isBeingFilled by whoever opens it
 * @throws {Problem} `unavailable` where a newer release has brought the store forward, or half of it is still elsewhere
 */
export async function migrate(
  db: Db,
  all: Record<string, Migration>,
  { isBeingFilled = false }: { isBeingFilled?: boolean } = {},
): Promise<void> {
  const names = Object.keys(all)
  const done = await refuse(db, new Set(names), isBeingFilled)
  // Nobody who only opens a store waits for whoever writes there.
  if (names.every((name) => done.has(name))) return
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => all },
    // Each stands by itself, so one may come that sorts before another which a store has already.
    allowUnorderedMigrations: true,
  })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
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

/** Another process may have brought it forward while this one runs. @returns what is done @throws {Problem} unavailable */
export async function refuseUnknown(db: Db, known: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const done = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .execute()
  const newer = done.find(({ name }) => !known.has(name) && !onlyAdds(name))
  if (!newer) return new Set(done.map(({ name }) => name))
  throw new Problem('unavailable', {
    detail: `A newer release has brought this store forward (${newer.name}): run that one, or restore the backup from before.`,
  })
}
