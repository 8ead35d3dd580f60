// What an embedded store does after its disk has failed a commit.
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { GroupCommit } from './group-commit.ts'
import { ReadTurns } from './read-turns.ts'
import type { Db } from './schema.ts'
import { Topics } from './topics.ts'

function queueOn(connection: DatabaseSync): GroupCommit {
  return new GroupCommit(connection, {} as Db, new Topics(), new ReadTurns(connection))
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
