// Which tables there are is asked of the store, and each is filled here by what it says of its columns: one that comes
// with a later migration is moved, and tested, without a line in either place.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { ENGINES } from '../../test/support/engines.ts'
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts'
import { copyStore, finishMove, isOfPostgres } from './move.ts'
import { openPostgres } from './postgres.ts'
import type { Db } from './schema.ts'
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'

/** More than one batch. */
const MANY = 1203
/** The greatest numbers that both engines and JavaScript keep. */
const LATE = Number.MAX_SAFE_INTEGER - 2 * MANY

describe.runIf(ENGINES.includes('postgres'))('a move', () => {
  let folder: string
  let file: string
  let to: string
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-move-'))
    file = join(folder, 'countersign.db')
    to = await createDatabase(inject('postgresUrl'))
    await (await openSqlite(file)).close()
  })
  afterEach(async () => {
    await dropDatabase(to)
    rmSync(folder, { recursive: true })
  })

  const at = (id = 'one') => ({ file, to, id })

  /** Every column of every table has a value of its own: text with quotes, signs of all planes, the largest times. */
  function fillAll(): string[] {
    const source = new DatabaseSync(file)
    const tables = source.prepare("select name from sqlite_master where type = 'table'").all()
    const ours = tables.map(({ name }) => String(name)).filter((name) => !/^(sqlite_|kysely_)/.test(name))
    source.exec('begin')
    for (const table of ours) {
      source.exec(`delete from "${table}"`)
      const columns = source.prepare(`pragma table_info("${table}")`).all()
      const insert = source.prepare(`insert into "${table}" values (${columns.map(() => '?').join(', ')})`)
      for (let row = 0; row < (table === 'users' ? MANY : 3); row++) insert.run(...columns.map((c) => filled(c, row)))
    }
    source.exec('commit; delete from audit where seq = (select max(seq) from audit)')
    source.close()
    return ours.sort()
  }

  function filled({ name, type, notnull }: Record<string, unknown>, row: number) {
    if (!notnull && row === 1) return name === 'seq' ? row + 1 : null
    return /int/i.test(String(type)) ? LATE + row : `${name}"'\\\n😀é ${row}`
  }

  /** Told in the order of its words, whatever the engine's own order. */
  const rowsOf = async (db: Db, table: string) =>
    (await sql<object>`select * from ${sql.table(table)}`.execute(db)).rows
      .map((row) => JSON.stringify(sorted(row)))
      .sort()
  const sorted = (row: object) => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))

  async function expectSame(target: Store, tables: readonly string[]): Promise<void> {
    const source = await openSqlite(file)
    for (const table of tables) {
      const [here, there] = [await rowsOf(source.read, table), await rowsOf(target.read, table)]
      expect(here.length, table).toBeGreaterThan(1)
      expect(there, table).toEqual(here)
    }
    await source.close()
  }

  it('brings every row of every table, numbers go on, and nothing is taken for done that is not there', async () => {
    const all = fillAll()
    const told: string[] = []
    const { target, tables } = await copyStore(at(), ({ table, rows }) => told.push(`${table} ${rows}`))
    expect(tables.map(({ table }) => table).sort()).toEqual(all)
    expect(told.filter((line) => line.startsWith('users'))).toEqual(['users 1000', `users ${MANY}`])
    await expectSame(target, all)
    const { rows } = await sql`select nextval('audit_seq_seq') as next`.execute(target.read)
    expect(rows).toEqual([{ next: LATE + 3 }])
    await target.write(async (tx) => void (await tx.deleteFrom('settings').execute()))
    await expect(copyStore(at())).rejects.toThrow(/settings has 3 rows here and 0 there/)
    await finishMove(target)
    await target.close()
    const opened = await openPostgres(to)
    const found = (await opened.read.introspection.getTables()).map(({ name }) => name)
    expect(found.filter((name) => !isOfPostgres(name)).sort()).toEqual(all)
    await opened.close()
    await expect(copyStore(at())).rejects.toMatchObject({
      slug: 'invalid',
      message: expect.stringMatching(/not empty/),
    })
  })

  it('that was cut off after any batch goes on there; nobody else starts on half of it, nor fills it', async () => {
    const all = fillAll()
    let batches = 0
    const cut = copyStore(at(), () => {
      batches += 1
      if (batches === Math.floor(all.length / 2)) throw new Error('cut')
    })
    await expect(cut).rejects.toThrow('cut')
    await expect(openPostgres(to)).rejects.toThrow(/run migrate-store again/)
    await expect(copyStore(at('another'))).rejects.toThrow(/from another store/)
    const { target } = await copyStore(at(), () => (batches += 1))
    // One for each table at least, a second one for users, and one more for each that was looked at anew.
    expect(batches).toBeLessThanOrEqual(all.length + 1 + Math.floor(all.length / 2))
    await expectSame(target, all)
    await target.close()
  })
})
