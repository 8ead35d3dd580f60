// Transactions that leave whole: what is written, what is taken back, and what others feel of it.
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { TcpProxy } from '../../test/faults/tcp-proxy.ts'
import { type Database, ENGINES, newDatabase } from '../../test/support/engines.ts'
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts'
import { isOutage } from './outage.ts'
import { openPostgres } from './postgres.ts'
import { decisive, prepared } from './prepared.ts'
import type { Db } from './schema.ts'
import type { Store, Topic } from './store.ts'
import { inSteps } from './together.ts'
import { mustWin, Overtaken } from './until-won.ts'

const insert = prepared((db, v: { name: string; value: string }) =>
  db.insertInto('settings').values({ name: v.name, value: v.value }),
)
const replace = decisive((db, v: { name: string; seen: string; value: string }) =>
  db.updateTable('settings').set({ value: v.value }).where('name', '=', v.name).where('value', '=', v.seen),
)
const find = prepared((db, v: { name: string }) => db.selectFrom('settings').selectAll().where('name', '=', v.name))
const settingOf = async (db: Db, name: string) => (await find(db, { name })).rows[0]?.value

describe.each(ENGINES)('on %s', (engine) => {
  let database: Database
  let store: Store
  beforeAll(async () => {
    database = await newDatabase(engine)
    store = await database.open()
  })
  afterAll(() => database.remove())

  const steps = (of: Store) => [of.writeTogether, inSteps(of)]

  it('gives what each gave, and tells who waits for it after the commit', async () => {
    for (const [i, write] of steps(store).entries()) {
      const name = `told-${i}`
      const heard = Promise.withResolvers<string | undefined>()
      const topic: Topic = `request:${name}`
      const end = store.subscribe(topic, () => heard.resolve(settingOf(store.read, name)))
      const written = await write((tx, announce) => {
        announce(topic)
        return [insert(tx, { name, value: 'a' }), mustWin(replace(tx, { name, seen: 'a', value: 'b' })), 3] as const
      })
      expect(written[0].numAffectedRows).toBe(1n)
      expect(written.slice(1)).toEqual([undefined, 3])
      expect(await heard.promise).toBe('b')
      end()
    }
  })

  it('writes nothing where a decisive change came too late, whatever else is written in the same moment', async () => {
    for (const [i, write] of steps(store).entries()) {
      const name = (n: number) => `late-${i}-${n}`
      await store.write((tx) => insert(tx, { name: name(0), value: 'first' }))
      const outcomes = await Promise.allSettled(
        [1, 2, 3].map((n) =>
          write((tx) => [
            insert(tx, { name: name(n), value: 'n' }),
            mustWin(replace(tx, { name: name(0), seen: 'first', value: `by ${n}` })),
          ]),
        ),
      )
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
      const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      expect(lost.every((reason) => reason instanceof Overtaken)).toBe(true)
      const winner = 1 + outcomes.findIndex(({ status }) => status === 'fulfilled')
      expect(await settingOf(store.read, name(0))).toBe(`by ${winner}`)
      for (const n of [1, 2, 3]) expect(await settingOf(store.read, name(n))).toBe(n === winner ? 'n' : undefined)
    }
  })

  it('writes nothing where one of what is asked for fails of itself', async () => {
    for (const write of steps(store)) {
      const asked = write((tx) => [
        insert(tx, { name: 'half', value: 'x' }),
        Promise.reject(new Error('no key for it')),
      ])
      await expect(asked).rejects.toThrow('no key for it')
      expect(await settingOf(store.read, 'half')).toBeUndefined()
    }
  })

  it('takes no transaction for done in which a statement has failed, whoever swallowed that', async () => {
    const name = 'swallowed'
    const written = store.write(async (tx) => {
      await insert(tx, { name, value: 'first' })
      await insert(tx, { name, value: 'second' }).catch(() => {})
    })
    // SQLite takes back that statement alone, and the rest stands.
    if (engine === 'postgres') await expect(written).rejects.toThrow('had failed')
    else await written
    expect(await settingOf(store.read, name)).toBe(engine === 'postgres' ? undefined : 'first')
  })

  it('takes what the query builder runs itself, and tells the fault of the one that has it', async () => {
    for (const write of steps(store)) {
      const double = write((tx) => [
        tx.insertInto('settings').values({ name: 'double', value: 'x' }).execute(),
        insert(tx, { name: 'double', value: 'y' }),
      ])
      await expect(double).rejects.toThrow(/unique/i)
      expect(await settingOf(store.read, 'double')).toBeUndefined()
    }
  })
})

describe.runIf(ENGINES.includes('postgres'))('on PostgreSQL alone', () => {
  it('refuses what is asked for when the transaction has left', async () => {
    await using database = await newDatabase('postgres')
    const store = await database.open()
    const late = store.writeTogether((tx) => [
      insert(tx, { name: 'one', value: '1' }).then(() => insert(tx, { name: 'two', value: '2' })),
    ])
    await expect(late).rejects.toThrow('had left')
  })

  it('writes nothing where a value is none that a column has', async () => {
    await using database = await newDatabase('postgres')
    const store = await database.open()
    const written = store.writeTogether((tx) => [
      insert(tx, { name: 'text', value: 'a' }),
      insert(tx, { name: 'list', value: ['a', 'b'] as never }),
    ])
    await expect(written).rejects.toThrow('can only be')
    expect(await settingOf(store.read, 'text')).toBeUndefined()
    await store.writeTogether((tx) => [insert(tx, { name: 'after', value: 'a' })])
    expect(await settingOf(store.read, 'after')).toBe('a')
  })

  it('that waits for a row which somebody holds keeps no other waiting', async () => {
    await using database = await newDatabase('postgres')
    const [store, other] = [await database.open(), await database.open()]
    await store.write((tx) => insert(tx, { name: 'held', value: 'a' }))
    const held = Promise.withResolvers<void>()
    const isHeld = Promise.withResolvers<void>()
    const holding = other.write(async (tx) => {
      await replace(tx, { name: 'held', seen: 'a', value: 'b' })
      isHeld.resolve()
      await held.promise
    })
    await isHeld.promise
    const late = store.writeTogether((tx) => [mustWin(replace(tx, { name: 'held', seen: 'a', value: 'c' }))])
    const lost = expect(late).rejects.toBeInstanceOf(Overtaken)
    // What is asked in its own turn goes with it.
    await new Promise(setImmediate)
    for (let n = 0; n < 8; n++) await store.writeTogether((tx) => [insert(tx, { name: `free-${n}`, value: '' })])
    held.resolve()
    await Promise.all([holding, lost])
    expect(await settingOf(store.read, 'held')).toBe('b')
  })

  it('goes on where the schema changes under statements that are known already', async () => {
    await using database = await newDatabase('postgres')
    const [old, newer] = [await database.open(), await database.open()]
    const write = (name: string) =>
      old.writeTogether((tx) => [insert(tx, { name, value: 'a' }), find(tx, { name })] as const)
    for (let n = 0; n < 8; n++) await write(`before-${n}`)
    for (let n = 0; n < 4; n++) expect(await settingOf(old.read, 'before-1')).toBe('a')
    await sql`alter table settings add column more text`.execute(newer.read)
    for (let n = 0; n < 8; n++) {
      const [, { rows }] = await write(`after-${n}`)
      expect(rows).toEqual([{ name: `after-${n}`, value: 'a', more: null }])
    }
    const found = await Promise.all(Array.from({ length: 8 }, (_, n) => settingOf(old.read, `after-${n}`)))
    expect(found).toEqual(Array(8).fill('a'))
  })

  it('fails as an outage on connections that are lost, and is written over new ones', async () => {
    const url = await createDatabase(inject('postgresUrl'))
    await using proxy = await TcpProxy.open(url)
    const store = await openPostgres(proxy.url)
    let isOver = false
    const written: string[] = []
    const lane = async (name: string) => {
      for (let n = 0; !isOver; n++) {
        const asked = store.writeTogether((tx) => [insert(tx, { name: `${name}-${n}`, value: '' })])
        await asked.then(
          () => written.push(`${name}-${n}`),
          (error) => expect(isOutage(error)).toBe(true),
        )
      }
    }
    const lanes = ['a', 'b', 'c', 'd', 'e'].map(lane)
    for (let cut = 0; cut < 10; cut++) {
      const before = written.length
      await expect.poll(() => written.length, { interval: 1 }).toBeGreaterThan(before + 10)
      proxy.cut()
    }
    isOver = true
    await Promise.all(lanes)
    // What was answered is there.
    const found = await store.read.selectFrom('settings').select('name').where('name', 'in', written).execute()
    expect(found).toHaveLength(written.length)
    await store.close()
    await expect.poll(() => proxy.open).toBe(0)
    await dropDatabase(url)
  })
})
