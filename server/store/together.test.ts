// Which of several faults in one transaction is told.
import { sql } from 'kysely'
import { expect, inject, it } from 'vitest'
import { ENGINES } from '../../test/support/engines.ts'
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts'
import { openPostgres } from './postgres.ts'
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
