import { Client } from 'pg'
import { expect, it } from 'vitest'
import { startPostgres } from './postgres.ts'

const ask = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

it('gives every test an empty database of its own', async () => {
  await using postgres = await startPostgres()
  const [first, second] = await Promise.all([postgres.createDatabase(), postgres.createDatabase()])
  await ask(first, 'CREATE TABLE thing (id int)')
  expect(await ask(first, 'SELECT * FROM thing')).toEqual([])
  await expect(ask(second, 'SELECT * FROM thing')).rejects.toThrow('does not exist')
}, 30_000)
