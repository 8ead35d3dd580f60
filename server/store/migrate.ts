import { type Migration, Migrator } from 'kysely'
import { Problem } from '../../protocol/problems.ts'
import type { Db } from './schema.ts'

/** @throws {Problem} `unavailable` where a newer release has brought the store forward */
export async function migrate(db: Db, all: Record<string, Migration>): Promise<void> {
  await refuseNewer(db, new Set(Object.keys(all)))
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => all },
    // Each stands by itself, so one may come that sorts before another which a store has already.
    allowUnorderedMigrations: true,
  })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}

/** What this release does not know it would not keep: it must not write here. */
async function refuseNewer(db: Db, known: ReadonlySet<string>): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (tables.some(({ name }) => name === 'kysely_migration')) await refuseUnknown(db, known)
}

/** Another process may have brought it forward while this one runs. @throws {Problem} unavailable */
export async function refuseUnknown(db: Db, known: ReadonlySet<string>): Promise<void> {
  const done = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .execute()
  const newer = done.find(({ name }) => !known.has(name))
  if (!newer) return
  throw new Problem('unavailable', {
    detail: `A newer release has brought this store forward (${newer.name}): run that one, or restore the backup from before.`,
  })
}
