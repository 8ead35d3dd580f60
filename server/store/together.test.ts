// Which of several faults in one transaction is told.
import { sql } from 'kysely'
import { expect, inject, it } from 'vitest'
import { ENGINES, newDatabase } from '../../test/support/engines.ts'
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts'
import { openPostgres } from './postgres.ts'
import type { Db } from './schema.ts'
import { together } from './together.ts'

it('gives what each gave, after all have come to their end', async () => {
  const last = Promise.withResolvers<string>()
  let isOver = false
  const all = together([1, Promise.reject(new Error('no room')), last.promise]).finally(() => (isOver = true))
  await Promise.allSettled([all.catch, undefined])
  expect(isOver).toBe(false)
  last.resolve('late')
  await expect(all).rejects.toThrow('no room')
  expect(await together([1, Promise.resolve('two'), undefined])).toEqual([1, 'two', undefined])
})

it.runIf(ENGINES.includes('postgres'))('tells the fault itself, not that the others failed for it', async () => {
  const url = await createDatabase(inject('postgresUrl'))
  const store = await openPostgres(url)
  try {
    const failing = store.write(async (tx) => {
      const later = async () => {
        await sql`select 1`.execute(tx)
        await sql`select 2`.execute(tx)
      }
      await together([later(), sql`select 1 / 0`.execute(tx)])
    })
    await expect(failing).rejects.toMatchObject({ code: '22012' })
  } finally {
    await store.close()
    await dropDatabase(url)
  }
})

it.each(ENGINES)('on %s, what goes on after its transaction was taken back is written nowhere', async (engine) => {
  await using database = await newDatabase(engine)
  const store = await database.open()
  const goesOn = Promise.withResolvers<void>()
  let late: Promise<unknown> = Promise.resolve()
  const insert = (tx: Db, name: string) => tx.insertInto('settings').values({ name, value: '' }).execute()
  const lost = store.write(async (tx) => {
    late = goesOn.promise.then(() => insert(tx, 'late'))
    await Promise.all([late, Promise.reject(new Error('taken back'))])
  })
  await expect(lost).rejects.toThrow('taken back')
  await store.write(async (tx) => {
    goesOn.resolve()
    await expect(late).rejects.toThrow('is over')
    await insert(tx, 'next')
  })
  expect(
    await store.read.selectFrom('settings').select('name').where('name', 'in', ['late', 'next']).execute(),
  ).toEqual([{ name: 'next' }])
})
