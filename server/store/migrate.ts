import { type Migration, Migrator } from 'kysely'
import type { Db } from './schema.ts'

export async function migrate(db: Db, all: Record<string, Migration>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => all },
    // Each stands by itself, so one may come that sorts before another which a store has already.
    allowUnorderedMigrations: true,
  })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}
