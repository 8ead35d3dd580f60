// On PostgreSQL an index is made while others write, and whatever a start that was killed has left of one is made anew.
import pg from 'pg'
import { describe, expect, inject, it } from 'vitest'
import { ENGINES } from '../../test/support/engines.ts'
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts'
import { indexBeside } from './index-beside.ts'
import type { Steps } from './migrate.ts'
import { type EngineColumns, indexing, table } from './migrations/tables.ts'
import { openPostgres } from './postgres.ts'

const INDEX = { name: 'berths_by_ship', on: 'berths', columns: ['ship'] }
const before: Steps = { '0001': { up: (db) => table(db, 'berths', { id: 'text', ship: 'text' }, ['id']) } }
const after: Steps = { ...before, '0002-by-ship+': indexing({ indexBeside } as EngineColumns, [INDEX]) }

describe.runIf(ENGINES.includes('postgres'))('an index on a table with rows', () => {
  async function someRows() {
    const url = await createDatabase(inject('postgresUrl'))
    const clients: pg.Client[] = []
    const connect = async () => {
      const client = new pg.Client({ connectionString: url })
      clients.push(client)
      await client.connect()
      return client
    }
    await (await openPostgres(url, { known: before })).close()
    const asked = await connect()
    await asked.query("insert into berths values ('a', 'Ran'), ('b', 'Ran')")
    return {
      url,
      connect,
      asked,
      /** as PostgreSQL has it: undefined, or whether it is sound */
      index: async () =>
        (
          await asked.query(
            "select indisvalid as sound, indisunique as only from pg_index where indexrelid = to_regclass('berths_by_ship')",
          )
        ).rows[0],
      [Symbol.asyncDispose]: async () => {
        await Promise.all(clients.map((client) => client.end()))
        await dropDatabase(url)
      },
    }
  }

  it('is made while somebody writes there and others begin to', async () => {
    await using rows = await someRows()
    const slow = await rows.connect()
    await slow.query("begin; insert into berths values ('c', 'Aegir')")
    const opening = openPostgres(rows.url, { known: after })
    await expect.poll(rows.index, { timeout: 30_000 }).toMatchObject({ sound: false })
    // Would wait for ever behind an index that is made in a transaction.
    await rows.asked.query("insert into berths values ('d', 'Aegir')")
    await slow.query('commit')
    await (await opening).close()
    expect(await rows.index()).toMatchObject({ sound: true })
  })

  it('that was left broken is made again', async () => {
    await using rows = await someRows()
    const twice = rows.asked.query('create unique index concurrently berths_by_ship on berths (ship)')
    await expect(twice).rejects.toThrow(/could not create unique index/)
    expect(await rows.index()).toEqual({ sound: false, only: true })
    await (await openPostgres(rows.url, { known: after })).close()
    expect(await rows.index()).toEqual({ sound: true, only: false })
  })

  it('two that start at once make it once', async () => {
    await using rows = await someRows()
    const both = await Promise.all([1, 2].map(() => openPostgres(rows.url, { known: after })))
    await Promise.all(both.map((store) => store.close()))
    expect(await rows.index()).toMatchObject({ sound: true })
  })
})
