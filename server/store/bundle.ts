// Statements that leave together and are one transaction: what stands before one `Sync` stands or falls together
// (PostgreSQL, 55.2.4 Pipelining). A connection parses and describes each once; after that it is only bound and run.
import { hash } from 'node:crypto'
import pg from 'pg'
import { Overtaken } from './until-won.ts'

/** A value as it goes over the wire. */
type Carried = string | Buffer | null

export type Statement = {
  sql: string
  parameters: readonly Carried[]
  /** nothing of its transaction happens where it changes no row */
  isDecisive?: boolean | undefined
}
type Row = Record<string, unknown>
export type Answer = { rows: Row[]; numAffectedRows: bigint }

const DIVISION_BY_ZERO = '22012'
/** A statement's result changed its shape with the schema, or a pooler has thrown it away (SQLSTATE). */
const STALE = new Set(['0A000', '26000'])

/** A statement as one connection knows it. */
type Known = { name: string; text: string; isParsed: boolean; columns: Column[] }
type Column = { name: string; parse: (text: string) => unknown }

/** Of one connection. Only built queries come here, of which there are some dozens. */
export class KnownStatements {
  readonly types: pg.CustomTypesConfig
  readonly #usual = new Map<string, Known>()
  readonly #decisive = new Map<string, Known>()

  constructor(types: pg.CustomTypesConfig) {
    this.types = types
  }

  of({ sql, isDecisive }: Statement): Known {
    const bySql = isDecisive ? this.#decisive : this.#usual
    let known = bySql.get(sql)
    if (!known) {
      const text = isDecisive ? `with won as (${sql} returning 1) select 1 / count(*) from won` : sql
      // By its text: behind a pooler that mixes connections up, one of that name is another's, but never another statement.
      const name = `c${hash('sha256', text).slice(0, 24)}`
      known = { name, text, isParsed: false, columns: [] }
      bySql.set(sql, known)
    }
    return known
  }

  /** All are parsed anew, under their old names. */
  forget(): void {
    for (const bySql of [this.#usual, this.#decisive]) for (const known of bySql.values()) known.isParsed = false
  }
}

/** @throws where one is none that a column has: PostgreSQL writes lists and dates in ways of its own */
export const carried = (values: readonly unknown[]): Carried[] =>
  values.map((value) => {
    if (value === null || value === undefined) return null
    if (typeof value === 'string' || Buffer.isBuffer(value)) return value
    if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol')
      throw new TypeError('what leaves with others can only be texts, numbers, booleans and bytes')
    return String(value)
  })

/** @throws {Overtaken} a decisive statement changed nothing */
export async function run(
  client: pg.Client,
  statements: readonly Statement[],
  known: KnownStatements,
): Promise<Answer[]> {
  const once = () =>
    new Promise<Answer[]>((resolve, reject) => {
      const answered = (error: Error | null, answers: Answer[]) => (error ? reject(error) : resolve(answers))
      client.query(new Bundle(statements, known, answered))
    })
  try {
    return await once()
  } catch (error) {
    if (!STALE.has((error as { code?: string }).code ?? '')) throw error
    // Nothing of it was done: what the connection knew of its statements held no longer.
    known.forget()
    return once()
  }
}

class Bundle extends pg.Query {
  declare callback: (error: Error | null, answers: Answer[]) => void
  readonly #statements: readonly Statement[]
  readonly #all: KnownStatements
  readonly #known: readonly Known[]
  readonly #answers: Answer[] = []
  #rows: Row[] = []

  constructor(statements: readonly Statement[], known: KnownStatements, callback: Bundle['callback']) {
    super('', callback as never)
    this.#statements = statements
    this.#all = known
    this.#known = statements.map((statement) => known.of(statement))
  }

  override submit = (connection: pg.Connection): void => {
    const { stream } = connection
    // What others ask before this turn's promises have run goes with it.
    stream.cork()
    process.nextTick(() => stream.uncork())
    for (const [i, { parameters }] of this.#statements.entries()) {
      const known = this.#known[i] as Known
      if (!known.isParsed) prepare(connection, known)
      connection.bind({ statement: known.name, values: parameters } as never, true)
      connection.execute(null, true)
    }
    connection.sync()
  }

  handleRowDescription({ fields }: { fields: pg.FieldDef[] }): void {
    const known = this.#known[this.#answers.length] as Known
    known.columns = fields.map(({ name, dataTypeID }) => ({
      name,
      parse: this.#all.types.getTypeParser(dataTypeID, 'text'),
    }))
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const { columns } = this.#known[this.#answers.length] as Known
    const row: Row = {}
    for (let i = 0; i < columns.length; i++) {
      const { name, parse } = columns[i] as Column
      const text = fields[i] as string | null
      row[name] = text === null ? null : parse(text)
    }
    this.#rows.push(row)
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#answers.push({ rows: this.#rows, numAffectedRows: BigInt(text.slice(text.lastIndexOf(' ') + 1)) })
    this.#rows = []
  }

  /** The transaction has committed by then, and not before. */
  handleReadyForQuery(): void {
    for (const known of this.#known) known.isParsed = true
    this.callback(null, this.#answers)
  }

  handleError(error: Error & { code?: string }): void {
    this.callback(this.#meaning(error), [])
  }

  #meaning(error: Error & { code?: string }): Error {
    const { code = '' } = error
    const isLost = code === DIVISION_BY_ZERO && this.#statements[this.#answers.length]?.isDecisive
    return isLost ? new Overtaken() : error
  }
}

/** Closing one that is not there is no error. */
function prepare(connection: pg.Connection, { name, text }: Known): void {
  connection.close({ type: 'S', name }, true)
  connection.parse({ name, text, types: [] }, true)
  connection.describe({ type: 'S', name }, true)
}
