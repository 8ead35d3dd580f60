// Which faults of a store are outages, by what the engines really throw.
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { expect, it } from 'vitest'
import { freePort } from '../../test/support/free-port.ts'
import { isOutage } from './outage.ts'

const thrown = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

it('a full SQLite file is an outage; SQL that is wrong is a defect', () => {
  using store = new DatabaseSync(':memory:')
  store.exec('pragma max_page_count = 3; create table t (x)')
  expect(isOutage(thrown(() => store.exec('insert into t values (zeroblob(100000))')))).toBe(true)
  expect(isOutage(thrown(() => store.exec('select nothing from nowhere')))).toBe(false)
})

it('a PostgreSQL that nobody answers for is an outage', async () => {
  const client = new pg.Client({ connectionString: `postgres://postgres@127.0.0.1:${await freePort()}/postgres` })
  expect(isOutage(await client.connect().catch((error: unknown) => error))).toBe(true)
})

it.each(['57P01', '53100', '58030', '25006', '08006'])('so is what PostgreSQL says as %s', (code) => {
  expect(isOutage(Object.assign(new Error('x'), { code }))).toBe(true)
})

it('so is a file of its own that it may not write any more, and no table that is not ours', () => {
  const said = (file: string) => Object.assign(new Error('x'), { code: '42501', file })
  expect([said('md.c'), said('xlogutils.c'), said('aclchk.c')].map(isOutage)).toEqual([true, true, false])
})

it('so is one that it can’t write as it takes a new connection, and no other fault of its own', () => {
  const said = (file: string) => Object.assign(new Error('could not write init file'), { code: 'XX000', file })
  expect([said('relcache.c'), said('execMain.c')].map(isOutage)).toEqual([true, false])
})

it.each(['23505', '42601'])('not what it says as %s', (code) => {
  expect(isOutage(Object.assign(new Error('Connection terminated'), { code }))).toBe(false)
})
