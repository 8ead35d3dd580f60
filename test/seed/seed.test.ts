// The seed at its smallest: what it says it writes is there, and holds together as what the server wrote would.
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { openSigner } from '../../server/audit/chain/mark.ts'
import { verifyStore } from '../../server/audit/export.ts'
import { totpKeyOf } from '../../server/devices/token-secrets.ts'
import { listUsers } from '../../server/directory/user-list.ts'
import type { Schema } from '../../server/store/schema.ts'
import { sealer as sealerWith } from '../../server/store/sealer.ts'
import type { Store } from '../../server/store/store.ts'
import { charts } from '../../server/watching/charts.ts'
import { overview } from '../../server/watching/overview.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES, type Engine, openStore } from '../support/engines.ts'
import { reasonAgainst, sow } from './seed.ts'

const AMOUNTS = { users: 300, requests: 3000, audit: 500, seed: 7 }
const random = (length: number) => new Uint8Array(randomBytes(length))
const opened: Store[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
})

async function sown(engine: Engine, amounts = AMOUNTS) {
  const store = await openStore(engine)
  opened.push(store)
  const sealer = sealerWith(new Uint8Array(32), random)
  const clock = new ManualClock(Date.UTC(2026, 5, 3, 12))
  const parts = { store, clock, random, sealer, auditSigner: await openSigner({ store, sealer }) }
  const before = await indexesOf(store)
  await sow({ ...parts, passwords: { decoy: Promise.resolve('nobody’s') } }, amounts, () => {})
  return { ...parts, before, organisation: { name: 'Harbour' } }
}

async function indexesOf({ engine, read }: Store): Promise<string[]> {
  const all =
    engine === 'sqlite'
      ? sql<{ name: string }>`select name from sqlite_master where type = 'index' order by name`
      : sql<{ name: string }>`select indexname as name from pg_indexes where schemaname = 'public' order by indexname`
  return (await all.execute(read)).rows.map(({ name }) => name)
}

async function count({ read }: Store, table: keyof Schema): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(read)
  return Number(rows[0]?.n)
}

describe.each(ENGINES)('a store that was seeded, on %s', (engine) => {
  it('holds what was asked for, and what belongs to it', async () => {
    const parts = await sown(engine)
    const { store, clock, sealer, before } = parts
    expect(await count(store, 'users')).toBe(AMOUNTS.users)
    expect(await count(store, 'login_requests')).toBe(AMOUNTS.requests)
    expect(await count(store, 'throttles')).toBe(AMOUNTS.users)
    expect(await indexesOf(store)).toEqual(before)

    const ends = await store.read.selectFrom('login_requests').select('state').distinct().execute()
    expect(ends.map(({ state }) => state).sort()).toEqual(['approved', 'cancelled', 'denied', 'expired'])
    const strangers = await store.read
      .selectFrom('login_requests')
      .leftJoin('users', 'users.id', 'login_requests.user_id')
      .leftJoin('tokens', 'tokens.id', 'decided_by_token')
      .select('login_requests.id')
      .where((e) =>
        e.or([e('users.id', 'is', null), e('decided_by_token', 'is not', null).and('tokens.id', 'is', null)]),
      )
      .execute()
    expect(strangers).toEqual([])

    const token = await store.read.selectFrom('tokens').selectAll().executeTakeFirstOrThrow()
    expect(totpKeyOf(sealer, token)).toHaveLength(20)
    const enrolled = await store.read.selectFrom('tokens').select('user_id').distinct().execute()
    expect((await count(store, 'unenrolled')) + enrolled.length).toBe(AMOUNTS.users)

    const { buckets } = await charts(parts, { days: 28, zone: 'UTC' })
    const [{ n } = { n: 0 }] = await store.read
      .selectFrom('login_requests')
      .select((e) => e.fn.countAll<number>().as('n'))
      .where('created_at', '>=', Date.parse(buckets[0]?.at ?? ''))
      .execute()
    expect(buckets.reduce((sum, { requests }) => sum + requests, 0)).toBe(Number(n))
    expect(
      (await overview({ store, clock, certificate: { daysLeft: () => null }, config: { syslog: undefined } })).paused
        .count,
    ).toBe(12)
  })

  it('has an audit log whose chain holds, and which goes on', async () => {
    const parts = await sown(engine)
    expect(await count(parts.store, 'audit')).toBeGreaterThanOrEqual(AMOUNTS.audit)
    expect(await count(parts.store, 'audit_seals')).toBe(await count(parts.store, 'audit'))
    await parts.store.write((tx) =>
      tx
        .insertInto('audit')
        .values({
          at: parts.clock.now(),
          kind: 'user-added',
          user_id: null,
          request_id: null,
          device_id: null,
          application_id: null,
          actor_id: null,
          detail: '{}',
        })
        .execute(),
    )
    const verified = await verifyStore(parts)
    expect(verified).toMatchObject({ ok: true, entries: await count(parts.store, 'audit') })
  })
})

it('is the same each time, and another with another number', async () => {
  const engine = ENGINES[0] as Engine
  const people = async (amounts: typeof AMOUNTS) =>
    (await listUsers(await sown(engine, amounts), {})).users.map((row) => [row.id, row.display_name])
  const few = { ...AMOUNTS, requests: 10, audit: 0 }
  const first = await people(few)
  expect(await people(few)).toEqual(first)
  expect(await people({ ...few, seed: 8 })).not.toEqual(first)
  for (const script of [/\p{Script=Han}/u, /\p{Script=Arabic}/u, /\p{Script=Cyrillic}/u, /\p{Script=Devanagari}/u])
    expect(first.some(([, name]) => script.test(String(name)))).toBe(true)
})

it('has plain user names: a number stands only where two are called the same', async () => {
  const names = async (amounts: typeof AMOUNTS) => {
    const { store } = await sown(ENGINES[0] as Engine, { ...amounts, requests: 10, audit: 0 })
    const rows = await store.read.selectFrom('users').select('username').execute()
    return rows.map(({ username }) => username)
  }
  const [first, seventh] = [await names({ ...AMOUNTS, seed: 1 }), await names(AMOUNTS)]
  expect(first.filter((name) => !/^[a-z]+\.[a-z]+[2-9]?$/.test(name))).toEqual([])
  const bare = (name: string) => name.replace(/\d+$/, '')
  for (const name of first.filter((one) => /\d$/.test(one))) expect(first).toContain(bare(name))
  expect(new Set(first).size).toBe(AMOUNTS.users)
  // Both may be in one store.
  expect(first.filter((name) => seventh.includes(name))).toEqual([])
})

it('goes into an empty store and into a demonstration, once, and not where people are', async () => {
  const { store } = await sown(ENGINES[0] as Engine, { ...AMOUNTS, requests: 10, audit: 0 })
  expect(await reasonAgainst(store)).toMatch('seeded before')
  await store.write((tx) => tx.deleteFrom('settings').where('name', '=', 'seeded').execute())
  expect(await reasonAgainst(store)).toMatch('not made for show')
  await store.write((tx) => tx.insertInto('settings').values({ name: 'demo-password', value: '' }).execute())
  expect(await reasonAgainst(store)).toBeUndefined()
})
