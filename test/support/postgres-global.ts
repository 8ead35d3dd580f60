// One PostgreSQL for a whole vitest run. Vitest calls this only where a project that names it has tests to run;
// `TEST_ENGINES` narrowed to others saves the start as well. A test takes its database by `createDatabase(inject('postgresUrl'))`.
import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Empty where the run is narrowed to other engines. */
    postgresUrl: string
  }
}

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const engines = process.env.TEST_ENGINES?.split(',') ?? ['postgres']
  if (!engines.includes('postgres')) {
    project.provide('postgresUrl', '')
    return undefined
  }
  const postgres = await startPostgres()
  project.provide('postgresUrl', postgres.url)
  return postgres.stop
}
