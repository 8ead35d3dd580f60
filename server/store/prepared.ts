// Queries of the hot road, built once for each engine: building and compiling one costs more than running it.
import type { CompiledQuery, Kysely, QueryResult } from 'kysely'
import type { Db, Schema } from './schema.ts'

class Hole {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

type Buildable<Row> = { compile(): CompiledQuery<Row> }

type Run = (sql: string, parameters: readonly unknown[]) => QueryResult<unknown> | Promise<QueryResult<unknown>>

const direct = new WeakMap<Db, Run>()

/**
 * Built queries on this `Db` are run by `run`: the builder's driver would take turns on its connections, which costs
 * more than most queries do.
 */
export function runsDirectly(db: Db, run: Run): void {
  direct.set(db, run)
}

/**
 * A query whose values are filled in at each run.
 * @param build is handed holes in the place of values: it may only put them where values go
 */
export function prepared<Values extends object, Row>(build: (db: Db, values: Values) => Buildable<Row>) {
  const compiled = new Map<unknown, CompiledQuery<Row>>()
  const holes = new Proxy({} as Values, { get: (_target, name) => new Hole(String(name)) })
  return async (db: Db, values: Values): Promise<QueryResult<Row>> => {
    const engine = (db as Kysely<Schema>).getExecutor().adapter.constructor
    let query = compiled.get(engine)
    if (!query) {
      query = build(db, holes).compile()
      compiled.set(engine, query)
    }
    const parameters = query.parameters.map((value) =>
      value instanceof Hole ? values[value.name as keyof Values] : value,
    )
    const run = direct.get(db)
    return run ? (run(query.sql, parameters) as QueryResult<Row>) : db.executeQuery<Row>({ ...query, parameters })
  }
}
