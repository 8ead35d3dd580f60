// What migrations are written with; what differs between the engines comes in as an argument.
import type { ColumnDefinitionBuilder, Kysely, RawBuilder } from 'kysely'
import type { Step } from '../migrate.ts'

export type EngineColumns = {
  /** makes a column the table's own rising number */
  rising: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder
  risingType: 'integer' | 'bigserial'
  /** makes a text column compare by its bytes, whatever the language of the database, so that a prefix is a range */
  bytewise: (db: Kysely<unknown>, table: string, column: string) => Promise<void>
  /** several processes work on it, and it may be large: see processes.ts and parts.ts */
  isShared?: boolean
  /** makes an index while others write; left out where nobody else does meanwhile */
  indexBeside?: (db: Kysely<unknown>, index: NewIndex) => Promise<void>
}

export type NewIndex = { name: string; on: string; columns: readonly string[]; where?: RawBuilder<boolean> }

export type Columns = Record<string, 'text' | 'text?' | 'bigint' | 'bigint?'>

export async function table(db: Kysely<unknown>, name: string, columns: Columns, primaryKey: string[]): Promise<void> {
  let create = db.schema.createTable(name)
  for (const [column, type] of Object.entries(columns)) {
    const optional = type.endsWith('?')
    create = create.addColumn(column, type.startsWith('text') ? 'text' : 'bigint', (c) => (optional ? c : c.notNull()))
  }
  await create.addPrimaryKeyConstraint(`${name}_pk`, primaryKey as never[]).execute()
}

export async function index(db: Kysely<unknown>, on: string, columns: string[], unique = false): Promise<void> {
  const create = db.schema
    .createIndex(`${on}_${columns.join('_')}`)
    .on(on)
    .columns(columns)
  await (unique ? create.unique() : create).execute()
}

export function newIndex(db: Kysely<unknown>, { name, on, columns, where }: NewIndex) {
  const create = db.schema
    .createIndex(name)
    .on(on)
    .columns([...columns])
  return where ? create.where(where) : create
}

/** Indexes on tables that may be large, which nobody who writes there waits for. */
export function indexing({ indexBeside }: EngineColumns, indexes: readonly NewIndex[]): Step {
  return {
    up: async (db) => {
      for (const one of indexes) await newIndex(db, one).ifNotExists().execute()
    },
    ...(indexBeside && {
      ahead: async (db) => {
        for (const one of indexes) await indexBeside(db, one)
      },
    }),
  }
}
