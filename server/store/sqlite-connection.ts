// A connection to the embedded store, as every thread opens it.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

export function connect(file: string): DatabaseSync {
  const connection = new DatabaseSync(file, { timeout: 5000 })
  connection.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
  connection.exec('pragma cache_size = -65536; pragma temp_store = memory; pragma wal_autocheckpoint = 4000')
  return connection
}

export type Statement = ReturnType<typeof statement>

/** node:sqlite's statement in the shape that Kysely's dialect expects. */
export function statement(prepared: StatementSync) {
  const columns = prepared.columns().map(({ name }) => name)
  // Rows as node:sqlite makes them are slow to read and slower to copy; values are put into objects of one shape here.
  prepared.setReturnArrays(true)
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
  const rowOf = (row: unknown) => named(columns, row as readonly unknown[])
  return {
    reader: columns.length > 0,
    all: (parameters: readonly unknown[]) => prepared.all(...values(parameters)).map(rowOf),
    run: (parameters: readonly unknown[]) => {
      const { changes, lastInsertRowid } = prepared.run(...values(parameters))
      return { changes: BigInt(changes), lastInsertRowid: BigInt(lastInsertRowid) }
    },
    iterate: (parameters: readonly unknown[]) => prepared.iterate(...values(parameters)).map(rowOf),
  }
}

function named(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (let i = 0; i < columns.length; i++) row[columns[i] as string] = values[i]
  return row
}

const MOST_STATEMENTS = 500

/** Prepares each statement once. @param connection asked at each statement */
export function statements(connection: () => DatabaseSync): (sql: string) => Statement {
  const known = new WeakMap<DatabaseSync, Map<string, Statement>>()
  return (sql) => {
    const on = connection()
    const those = known.get(on) ?? new Map<string, Statement>()
    known.set(on, those)
    const ready = those.get(sql)
    if (ready) return ready
    if (those.size >= MOST_STATEMENTS) those.clear()
    const made = statement(on.prepare(sql))
    those.set(sql, made)
    return made
  }
}
