// Queries of the hot road, built once for each engine: building and compiling one costs more than running it.
import {
  type CompiledQuery,
  type Kysely,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type ValueNode,
} from 'kysely'
import type { Db, Schema } from './schema.ts'

class Hole {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/**
 * What a query says itself, such as a state, stands in its text. As a parameter SQLite would plan it anew at each run: which
 * of the indexes with a condition serve it depends on the value.
 */
class Spelt extends OperationNodeTransformer {
  protected override transformValue(node: ValueNode): ValueNode {
    const isConstant = typeof node.value === 'string' || typeof node.value === 'number'
    return isConstant ? { ...node, immediate: true } : super.transformValue(node)
  }
}
const spelt = new Spelt()
const inFull = {
  transformQuery: ({ node, queryId }: PluginTransformQueryArgs) => spelt.transformNode(node, queryId),
  transformResult: async ({ result }: PluginTransformResultArgs) => result,
}

type Buildable<Row> = { compile(): CompiledQuery<Row> }

/** @param isDecisive the rest of its transaction is to fail where it changes no row, if that leaves with it */
type Run = (
  sql: string,
  parameters: readonly unknown[],
  isDecisive: boolean,
) => QueryResult<unknown> | Promise<QueryResult<unknown>>

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
export function prepared<Values extends object, Row>(
  build: (db: Db, values: Values) => Buildable<Row>,
  { isDecisive = false } = {},
) {
  const compiled = new Map<unknown, CompiledQuery<Row>>()
  const holes = new Proxy({} as Values, { get: (_target, name) => new Hole(String(name)) })
  return async (db: Db, values: Values): Promise<QueryResult<Row>> => {
    const engine = (db as Kysely<Schema>).getExecutor().adapter.constructor
    let query = compiled.get(engine)
    if (!query) {
      query = build(db.withPlugin(inFull), holes).compile()
      compiled.set(engine, query)
    }
    const parameters = query.parameters.map((value) =>
      value instanceof Hole ? values[value.name as keyof Values] : value,
    )
    const run = direct.get(db)
    return run
      ? (run(query.sql, parameters, isDecisive) as QueryResult<Row>)
      : db.executeQuery<Row>({ ...query, parameters })
  }
}

/**
 * A change that its whole transaction depends on, `Store.writeTogether`'s as well.
 * @returns whether it changed a row
 */
export function decisive<Values extends object>(build: (db: Db, values: Values) => Buildable<unknown>) {
  const change = prepared(build, { isDecisive: true })
  return async (db: Db, values: Values): Promise<boolean> => (await change(db, values)).numAffectedRows === 1n
}
