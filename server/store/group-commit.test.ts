// What an embedded store does when its disk is full or fails, in a statement or in the commit.
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { GroupCommit } from './group-commit.ts'
import { isOutage } from './outage.ts'
import { ReadTurns } from './read-turns.ts'
import type { Db } from './schema.ts'
import { Topics } from './topics.ts'
import { TransactionDb } from './transaction-db.ts'

function queueOn(connection: DatabaseSync): GroupCommit {
  return new GroupCommit(connection, new TransactionDb(() => ({}) as Db), new Topics(), new ReadTurns(connection))
}

const failing = (errcode: number) => async () => {
  throw Object.assign(new Error('disk I/O error'), { errcode })
}

it('goes on after a write that failed by itself', async () => {
  using connection = new DatabaseSync(':memory:')
  const queue = queueOn(connection)
  await expect(queue.add(failing(2067))).rejects.toThrow()
  await expect(queue.add(async () => 'written')).resolves.toBe('written')
  expect(() => queue.refuseBroken()).not.toThrow()
})

it('tells everybody of a full disk that SQLite rolled all of them back for, and goes on', async () => {
  using connection = new DatabaseSync(':memory:')
  connection.exec('create table t (x); pragma max_page_count = 20')
  const insert = connection.prepare('insert into t values (zeroblob(?))')
  const queue = queueOn(connection)
  const said = await Promise.allSettled([1, 200_000, 1].map((bytes) => queue.add(async () => insert.run(bytes))))
  expect(said.map((one) => one.status === 'rejected' && isOutage(one.reason))).toEqual([true, true, true])
  expect(connection.prepare('select count(*) n from t').get()).toEqual({ n: 0 })
  await queue.add(async () => insert.run(1))
  expect(connection.prepare('select count(*) n from t').get()).toEqual({ n: 1 })
})

it('takes nothing more once a statement met a fault of the disk, and commits nothing of what came with it', async () => {
  using connection = new DatabaseSync(':memory:')
  connection.exec('create table t (x)')
  const queue = queueOn(connection)
  const good = queue.add(async () => connection.exec('insert into t values (1)'))
  // SQLITE_IOERR_WRITE
  const bad = queue.add(failing(778))
  const said = await Promise.allSettled([good, bad])
  expect(said.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(connection.prepare('select count(*) n from t').get()).toEqual({ n: 0 })
  expect(() => queue.refuseBroken()).toThrow('disk I/O error')
})

it('takes nothing more once a commit met a fault of the disk, until the file is opened anew', async () => {
  using connection = new DatabaseSync(':memory:')
  const prepare = connection.prepare.bind(connection)
  connection.prepare = (text: string) => {
    const made = prepare(text)
    if (text === 'commit')
      made.run = () => {
        // SQLITE_IOERR_FSYNC
        throw Object.assign(new Error('disk I/O error'), { errcode: 1034 })
      }
    return made
  }
  const queue = queueOn(connection)
  await expect(queue.add(async () => 'lost')).rejects.toThrow('disk I/O error')
  expect(() => queue.refuseBroken()).toThrow('disk I/O error')
  let isRun = false
  await expect(queue.add(async () => (isRun = true))).rejects.toThrow('disk I/O error')
  expect(isRun).toBe(false)
})
