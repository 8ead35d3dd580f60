// What a release that can't bring a store forward leaves of it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kysely, Migration } from 'kysely'
import { describe, expect, inject, it } from 'vitest'
import { ENGINES } from '../../test/support/engines.ts'
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts'
import { table } from './migrations/tables.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'

type Place = AsyncDisposable & { open: (known: Record<string, Migration>) => Promise<Store> }

async function place(engine: Store['engine']): Promise<Place> {
  if (engine === 'postgres') {
    const url = await createDatabase(inject('postgresUrl'))
    return { open: (known) => openPostgres(url, { known }), [Symbol.asyncDispose]: () => dropDatabase(url) }
  }
  const folder = await mkdtemp(join(tmpdir(), 'countersign-migrate-'))
  return {
    open: (known) => openSqlite(join(folder, 'countersign.db'), undefined, known),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

const makes = (...names: string[]): Migration => ({
  up: async (db: Kysely<unknown>) => {
    for (const name of names) await table(db, name, { id: 'text' }, ['id'])
  },
})

const fails: Migration = {
  up: async (db) => {
    await makes('second').up(db)
    throw new Error('half-way')
  },
}

describe.each(ENGINES)('on %s', (engine) => {
  it('a migration that fails in its middle leaves the store as it was, for a release that does better', async () => {
    await using store = await place(engine)
    await (await store.open({ '0001': makes('first') })).close()
    await expect(store.open({ '0001': makes('first'), '0002': makes('between'), '0003': fails })).rejects.toThrow(
      'half-way',
    )
    await (await store.open({ '0001': makes('first') })).close()
    const better = await store.open({ '0001': makes('first'), '0002': makes('between', 'second') })
    const tables = await better.read.introspection.getTables()
    await better.close()
    expect(tables.map(({ name }) => name).sort()).toEqual(['between', 'first', 'second'])
  })

  it('a store that has them all is opened while somebody writes there', async () => {
    await using store = await place(engine)
    const known = { '0001': makes('first') }
    const writing = await store.open(known)
    const opened = await writing.write(async (tx) => {
      await tx.withTables<{ first: { id: string } }>().insertInto('first').values({ id: 'a' }).execute()
      return store.open(known)
    })
    await opened.close()
    await writing.close()
  })

  it('an older release goes on beside a migration that only adds, and starts there too; beside any other it does not', async () => {
    await using store = await place(engine)
    const known = { '0001': makes('first') }
    const older = await store.open(known)
    await (await store.open({ ...known, '0002-more+': makes('more') })).close()
    await older.ping()
    const startedLater = await store.open(known)
    await (await store.open({ ...known, '0002-more+': makes('more'), '0003-other': makes('other') })).close()
    await expect(startedLater.ping()).rejects.toMatchObject({ slug: 'unavailable' })
    await expect(store.open(known)).rejects.toMatchObject({ slug: 'unavailable' })
    await startedLater.close()
    await older.close()
  })
})
