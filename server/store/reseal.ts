// All sealed values, brought under the newest master key while servers go on.
import { type RawBuilder, sql } from 'kysely'
import type { Db } from './schema.ts'
import type { Cell, Sealer } from './sealer.ts'
import type { Store } from './store.ts'

/** A table's sealed columns, and what the id of a value's cell is made of, joined by colons. */
export type SealedColumns = {
  table: string
  columns: readonly string[]
  id: readonly string[]
  key: readonly string[]
}

const byId = (table: string, ...columns: string[]): SealedColumns => ({ table, columns, id: ['id'], key: ['id'] })

/** Every column that holds sealed values: a test holds this list to the cells that the code names. */
export const SEALED: readonly SealedColumns[] = [
  { table: 'settings', columns: ['value'], id: ['name'], key: ['name'] },
  byId('tokens', 'totp_key', 'ocra_key'),
  byId('enrolments', 'server_private_key'),
  byId('applications', 'client_secret', 'previous_client_secret'),
  byId('login_requests', 'number', 'passcode'),
  byId('sign_ins', 'request_secret'),
  byId('mails', 'sealed_values'),
  byId('webhooks', 'secret', 'previous_secret'),
  byId('temporary_passcodes', 'passcode'),
  byId('radius_clients', 'secret', 'previous_secret'),
  byId('oidc_notices', 'subject'),
  byId('entra_visits', 'question'),
  { table: 'ciba_asked', columns: ['auth_req_id', 'secret'], id: ['request_id'], key: ['request_id'] },
  { table: 'idempotency', columns: ['answer'], id: ['request_id'], key: ['application_id', 'key'] },
  { table: 'oidc_artifacts', columns: ['payload'], id: ['kind', 'id'], key: ['kind', 'id'] },
]

/** Rows of a transaction: small, so that no sign-in waits for long. */
const AT_ONCE = 200

type Row = Record<string, string | null>

/** What is sealed looks like this; a setting may also be plain. */
const isSealed = (value: string | null | undefined): value is string => /^[0-9a-f]{8}\.[\w-]{38,}$/.test(value ?? '')

/**
 * One pass. A value that changes meanwhile is left to the next.
 * @returns how many values were sealed under another key when they were met
 * @throws where one opens under none of the keys: nothing is known to be lost, and nothing was changed about it
 */
export async function reseal({ store, sealer }: { store: Store; sealer: Sealer }): Promise<number> {
  let met = 0
  for (const sealed of SEALED) {
    let after: readonly string[] | undefined
    do {
      const rows: Row[] = await page(store.read, sealed, after)
      const changes = rows.flatMap((row) => changesOf(row, sealed, sealer))
      met += changes.length
      if (changes.length > 0) await store.write((tx) => write(tx, sealed, changes))
      after = rows.length < AT_ONCE ? undefined : keyOf(rows.at(-1) as Row, sealed)
    } while (after)
  }
  return met
}

const keyOf = (row: Row, { key }: SealedColumns) => key.map((column) => row[column] as string)

const list = (columns: readonly string[]) => sql.join(columns.map((column) => sql.ref(column)))

async function page(db: Db, { table, columns, id, key }: SealedColumns, after?: readonly string[]): Promise<Row[]> {
  const all = [...new Set([...key, ...id, ...columns])]
  const some = sql.join(
    columns.map((column) => sql`${sql.ref(column)} is not null`),
    sql` or `,
  )
  const beyond: RawBuilder<unknown> = after ? sql`and (${list(key)}) > (${sql.join(after)})` : sql``
  const query = sql<Row>`select ${list(all)} from ${sql.table(table)} where (${some}) ${beyond} order by ${list(key)} limit ${sql.lit(AT_ONCE)}`
  return (await query.execute(db)).rows
}

type Change = { key: readonly string[]; column: string; seen: string; value: string }

function changesOf(row: Row, { table, columns, id, key }: SealedColumns, sealer: Sealer): Change[] {
  return columns.flatMap((column) => {
    const seen = row[column]
    if (!isSealed(seen) || seen.startsWith(`${sealer.keyId}.`)) return []
    const at: Cell = { table, column, id: id.map((name) => row[name]).join(':') }
    return [
      { key: key.map((name) => row[name] as string), column, seen, value: sealer.seal(sealer.open(seen, at), at) },
    ]
  })
}

async function write(tx: Db, { table, key }: SealedColumns, changes: readonly Change[]): Promise<void> {
  for (const { key: values, column, seen, value } of changes) {
    const same = sql.join(
      key.map((name, index) => sql`${sql.ref(name)} = ${values[index]}`),
      sql` and `,
    )
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${value} where ${same} and ${sql.ref(column)} = ${seen}`.execute(
      tx,
    )
  }
}
