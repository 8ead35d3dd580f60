import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Problem } from '../../protocol/problems.ts'
import { type Database, ENGINES, newDatabase } from '../../test/support/engines.ts'
import { someUser } from '../../test/support/enrolled.ts'
import type { Store } from '../store/store.ts'
import { moveHit, overLimit, purgeHits, takeHit, takeHits } from './hits.ts'

const RATE = { count: 3, seconds: 60 }
const START = 1_000_000

describe.each(ENGINES)('a limit of calls in a time, on %s', (engine) => {
  let database: Database
  let store: Store
  let other: Store
  let buckets = 0
  const newBucket = () => `bucket-${buckets++}`
  beforeAll(async () => {
    database = await newDatabase(engine)
    store = await database.open()
    other = await database.open()
  })
  afterAll(() => database.remove())

  it('lets as many through as it says, then tells when the next may come', async () => {
    const bucket = newBucket()
    for (const after of [0, 10_000, 20_500]) await takeHit(store, { bucket, rate: RATE, now: START + after })
    await expect(takeHit(store, { bucket, rate: RATE, now: START + 20_500 })).rejects.toMatchObject({
      slug: 'too-many-requests',
      headers: { 'Retry-After': '40' },
    })
    expect(await overLimit(store.read, bucket, RATE, START + 59_999)).toBe(1)
    expect(await overLimit(store.read, bucket, RATE, START + 60_000)).toBeUndefined()
  })

  it('slides: the second is forgotten later than the first', async () => {
    const bucket = newBucket()
    for (const after of [0, 10_000, 20_000, 60_000]) await takeHit(store, { bucket, rate: RATE, now: START + after })
    expect(await overLimit(store.read, bucket, RATE, START + 60_000)).toBe(10)
  })

  it('is forgotten where the clock is set back by an hour, and not where it is by less than the window', async () => {
    const bucket = newBucket()
    const now = START + 3_600_000
    for (let n = 0; n < 3; n++) await takeHit(store, { bucket, rate: RATE, now })
    const refused = { slug: 'too-many-requests', headers: { 'Retry-After': '60' } }
    await expect(takeHit(store, { bucket, rate: RATE, now: now - 59_999 })).rejects.toMatchObject(refused)
    for (let n = 0; n < 3; n++) await takeHit(store, { bucket, rate: RATE, now: START })
    await expect(takeHit(store, { bucket, rate: RATE, now: START })).rejects.toMatchObject(refused)
    expect(await overLimit(store.read, bucket, RATE, START + 60_000)).toBeUndefined()
  })

  it('counts refused calls for nothing, so that trying on does not keep the door shut', async () => {
    const bucket = newBucket()
    for (let n = 0; n < 3; n++) await takeHit(store, { bucket, rate: RATE, now: START })
    for (let n = 0; n < 5; n++)
      await expect(takeHit(store, { bucket, rate: RATE, now: START + 30_000 })).rejects.toBeInstanceOf(Problem)
    expect(await overLimit(store.read, bucket, RATE, START + 60_000)).toBeUndefined()
  })

  it('counts one call against several limits, or against none where one is reached', async () => {
    const [address, name] = [newBucket(), newBucket()]
    const counted = [
      { bucket: address, rate: RATE },
      { bucket: name, rate: { count: 1, seconds: 60 } },
    ]
    await takeHits(store, counted, { now: START })
    for (let n = 0; n < 5; n++)
      await expect(takeHits(store, counted, { now: START })).rejects.toMatchObject({ slug: 'too-many-requests' })
    for (let n = 0; n < 2; n++) await takeHit(store, { bucket: address, rate: RATE, now: START })
    await expect(takeHit(store, { bucket: address, rate: RATE, now: START })).rejects.toBeInstanceOf(Problem)
  })

  it('is exact for calls that are counted twice and arrive together at two processes', async () => {
    const counted = [
      { bucket: newBucket(), rate: { count: 30, seconds: 60 } },
      { bucket: newBucket(), rate: { count: 10, seconds: 60 } },
    ]
    const calls = Array.from({ length: 40 }, (_, n) => takeHits(n % 2 ? store : other, counted, { now: START }))
    const taken = (await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled')
    expect(taken).toHaveLength(10)
  })

  it('counts each bucket by itself', async () => {
    for (let n = 0; n < 3; n++) await takeHit(store, { bucket: newBucket(), rate: { ...RATE, count: 1 }, now: START })
    expect(await overLimit(store.read, newBucket(), RATE, START)).toBeUndefined()
  })

  it('is exact for a user whose calls arrive together at two processes', async () => {
    const user = (await someUser(store)).id
    const call = { bucket: newBucket(), rate: { count: 10, seconds: 60 }, now: START, user }
    const calls = await Promise.allSettled(Array.from({ length: 40 }, (_, n) => takeHit(n % 2 ? store : other, call)))
    expect(calls.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  })

  it('and for whatever else is counted', async () => {
    const call = { bucket: newBucket(), rate: { count: 10, seconds: 60 }, now: START }
    const calls = await Promise.allSettled(Array.from({ length: 40 }, (_, n) => takeHit(n % 2 ? store : other, call)))
    expect(calls.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  })

  it('counts a call elsewhere instead, one of several of that moment at a time, whoever else does the same', async () => {
    const [from, to] = [newBucket(), newBucket()]
    const many = { count: 10, seconds: 60 }
    for (let n = 0; n < 6; n++) await takeHit(store, { bucket: from, rate: many, now: START })
    const move = (by: Store) => by.write((tx) => moveHit(tx, by, { from, to, at: START }))
    await Promise.all(Array.from({ length: 4 }, (_, n) => move(n % 2 ? store : other)))
    const among = (bucket: string, count: number) => overLimit(store.read, bucket, { ...many, count }, START)
    expect([await among(from, 2), await among(to, 4)]).toEqual([60, 60])
    expect([await among(from, 3), await among(to, 5)]).toEqual([undefined, undefined])
  })

  it('forgets old calls when purged, and only those', async () => {
    const bucket = newBucket()
    await takeHit(store, { bucket, rate: RATE, now: START - 5000 })
    await takeHit(store, { bucket, rate: RATE, now: START + 5000 })
    expect(await purgeHits(store, START)).toBe(1)
    expect(await overLimit(store.read, bucket, { count: 1, seconds: 60 }, START + 5000)).toBe(60)
    expect(await overLimit(store.read, bucket, { count: 2, seconds: 60 }, START + 5000)).toBeUndefined()
  })
})
