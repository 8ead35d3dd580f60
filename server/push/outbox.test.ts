import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DeviceId, RequestId } from '../../protocol/ids.ts'
import { type Database, ENGINES, newDatabase } from '../../test/support/engines.ts'
import type { Store } from '../store/store.ts'
import {
  CLAIM_MS,
  claimDue,
  finish,
  insertPushes,
  type NewPush,
  nextDue,
  postpone,
  release,
  releaseLeftBehind,
  renewClaim,
} from './outbox.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))
const NOW = 1_000_000
const LATER = NOW + CLAIM_MS
const push = (device: string): NewPush => ({
  kind: 'login-request',
  device_id: device as DeviceId,
  request_id: 'req_1' as RequestId,
  expires_at: NOW + 60_000,
})

describe.each(ENGINES)('on %s', (engine) => {
  let database: Database
  let store: Store
  beforeAll(async () => {
    database = await newDatabase(engine)
    store = await database.open()
  })
  afterAll(() => database.remove())
  afterEach(() => store.write((tx) => tx.deleteFrom('outbox').execute()))

  const insert = (...devices: string[]) =>
    store.write((tx) => insertPushes(tx, devices.map(push), { now: NOW, random }))
  const rows = () => store.read.selectFrom('outbox').selectAll().execute()
  const only = async () => {
    const [row] = await rows()
    if (!row) throw new Error('the outbox is empty')
    return row
  }

  it('a job belongs to the process that wrote it, until that falls silent', async () => {
    const jobs = await insert('dev_1', 'dev_2')
    expect(await rows()).toEqual(expect.arrayContaining(jobs))
    expect(await claimDue(store, LATER - 1, 10)).toEqual([])
    expect(await nextDue(store.read)).toBe(LATER)
    const taken = await claimDue(store, LATER, 10)
    expect(taken.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => id).sort())
    expect(taken.map(({ claimed_until }) => claimed_until)).toEqual([LATER + CLAIM_MS, LATER + CLAIM_MS])
  })

  it('nothing is written for nobody', async () => {
    expect(await insert()).toEqual([])
    expect(await nextDue(store.read)).toBeUndefined()
  })

  it('a transaction that fails leaves no job', async () => {
    const work = store.write(async (tx) => {
      await insertPushes(tx, [push('dev_1')], { now: NOW, random })
      throw new Error('no')
    })
    await expect(work).rejects.toThrow('no')
    expect(await rows()).toEqual([])
  })

  it('a claim takes no more than it has room for, the longest due first', async () => {
    const [first, second, third] = await insert('dev_1', 'dev_2', 'dev_3')
    if (!first || !second || !third) throw new Error('three were written')
    await store.write(async (tx) => {
      await postpone(tx, first, NOW + 30)
      await postpone(tx, second, NOW + 10)
      await postpone(tx, third, NOW + 20)
    })
    expect(await nextDue(store.read)).toBe(NOW + 10)
    expect(await claimDue(store, NOW + 9, 10)).toEqual([])
    expect((await claimDue(store, NOW + 30, 1)).map(({ device_id }) => device_id)).toEqual(['dev_2'])
    expect((await claimDue(store, NOW + 30, 10)).map(({ device_id }) => device_id).sort()).toEqual(['dev_1', 'dev_3'])
  })

  it('a job put off counts its tries, and is anybody’s', async () => {
    const [job] = await insert('dev_1')
    if (!job) throw new Error('one was written')
    await store.write((tx) => postpone(tx, job, NOW + 500))
    expect(await only()).toEqual({ ...job, due_at: NOW + 500, attempts: 1, claimed_until: 0 })
  })

  it('a process that lost its claim changes nothing for the one that has it', async () => {
    const [slow] = await insert('dev_1')
    if (!slow) throw new Error('one was written')
    const [taken] = await claimDue(store, LATER, 1)
    await store.write(async (tx) => {
      await postpone(tx, slow, NOW + 1)
      await release(tx, [slow])
    })
    expect(await renewClaim(store, slow, LATER + 1)).toBeUndefined()
    expect(await only()).toEqual(taken)
  })

  it('a claim can be held for longer', async () => {
    const [job] = await insert('dev_1')
    if (!job) throw new Error('one was written')
    const held = await renewClaim(store, job, NOW + 20_000)
    expect(held).toEqual({ ...job, claimed_until: NOW + 20_000 + CLAIM_MS })
    expect(await claimDue(store, LATER, 1)).toEqual([])
  })

  it('a job is finished once', async () => {
    const [job] = await insert('dev_1')
    if (!job) throw new Error('one was written')
    expect(await store.write((tx) => finish(tx, job))).toBe(true)
    expect(await store.write((tx) => finish(tx, job))).toBe(false)
    expect(await rows()).toEqual([])
  })

  it('a server that starts again takes up what the killed one had claimed, where it is the only one', async () => {
    await insert('dev_1')
    await releaseLeftBehind(store)
    const claimed = await claimDue(store, NOW, 10)
    expect(claimed).toHaveLength(engine === 'sqlite' ? 1 : 0)
  })

  it('processes that claim at once share the jobs, each going to one', async () => {
    const jobs = await insert(...Array.from({ length: 60 }, (_, index) => `dev_${index}`))
    const other = await database.open()
    const processes = Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? store : other))
    // Each at once with connections made beforehand, else they would come one after the other.
    await Promise.all(processes.map((process) => process.ping()))
    const shares = await Promise.all(processes.map((process) => claimDue(process, LATER, 3)))
    const claimed = shares.flat().map(({ id }) => id)
    expect(new Set(claimed).size).toBe(claimed.length)
    const left = await claimDue(store, LATER, 100)
    expect([...claimed, ...left.map(({ id }) => id)].sort()).toEqual(jobs.map(({ id }) => id).sort())
  })
})
