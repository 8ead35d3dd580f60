// What a whole vitest run shares: one PostgreSQL, and of each engine a store that was opened once, for tests to begin with
// a copy: to migrate thousands of empty stores was a third of all the time. Vitest calls this only where a project that
// names it has tests to run. A test takes its database by `createDatabase(inject('postgresUrl'))`, empty, or as model.ts says.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openPostgres } from '../../server/store/postgres.ts'
import { openSqlite } from '../../server/store/sqlite.ts'
import { startPostgres } from './postgres.ts'
import { scratchFolder } from './scratch.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Empty where the run is narrowed to other engines. */
    postgresUrl: string
    /** The name of its database that is ready. */
    postgresModel: string
    /** A file. */
    sqliteModel: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const removeFile = await makeFile(project)
  const stopPostgres = await makeDatabase(project)
  return async () => {
    await stopPostgres()
    await removeFile()
  }
}

async function makeFile(project: TestProject): Promise<() => Promise<void>> {
  const folder = await scratchFolder('model')
  const file = join(folder, 'countersign.db')
  await (await openSqlite(file)).close()
  project.provide('sqliteModel', file)
  return () => rm(folder, { recursive: true, force: true })
}

/** `TEST_ENGINES` narrowed to others saves the start as well. */
async function makeDatabase(project: TestProject): Promise<() => Promise<void>> {
  const engines = process.env.TEST_ENGINES?.split(',') ?? ['postgres']
  const postgres = engines.includes('postgres') ? await startPostgres() : undefined
  const model = await postgres?.createDatabase()
  if (model) await (await openPostgres(model)).close()
  project.provide('postgresUrl', postgres?.url ?? '')
  project.provide('postgresModel', model ? new URL(model).pathname.slice(1) : '')
  return async () => postgres?.stop()
}
