// What a fault of the suite is.
import type { OwnPostgres } from './own-postgres.ts'
import type { Report } from './under-load.ts'

export type Engine = 'sqlite' | 'postgres'

export type Place = {
  engine: Engine
  /** on PostgreSQL; nobody else uses it */
  postgres: OwnPostgres | undefined
  /** of a new, empty database there */
  databaseUrl: string | undefined
  /** fewer rounds: to see whether the fault itself still works */
  quick: boolean
}

export type Fault = {
  name: string
  engines: readonly Engine[]
  run: (place: Place) => Promise<Report>
}
