// What processes hear of one another over PostgreSQL, and what a process says of itself where it hears or writes nothing.
import { sql } from 'kysely'
import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { TcpProxy } from '../../test/faults/tcp-proxy.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES } from '../../test/support/engines.ts'
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts'
import { health } from '../http/health.ts'
import { isOutage } from './outage.ts'
import { openPostgres } from './postgres.ts'
import { Deaf } from './store.ts'

/** On a database of its own, which is thrown away. */
function onDatabase(title: string, work: (url: string) => Promise<void>): void {
  it.runIf(ENGINES.includes('postgres'))(
    title,
    async () => {
      const url = await createDatabase(inject('postgresUrl'))
      try {
        await work(url)
      } finally {
        await dropDatabase(url)
      }
    },
    60_000,
  )
}

/** Of the whole server, on another database. */
async function administrator() {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  const query = (text: string, values?: unknown[]) => client.query(text, values)
  return { query, [Symbol.asyncDispose]: () => client.end() }
}

onDatabase(
  'a process whose connection was dropped without a word hears again what others announce, and has looked at what it missed',
  async (url) => {
    await using proxy = await TcpProxy.open(url)
    const deaf = await openPostgres(proxy.url, { beat: { everyMs: 20, withinMs: 200 } })
    const other = await openPostgres(url)
    try {
      let heard = 0
      deaf.subscribe('policies', () => heard++)
      const announce = () => other.write(async (_tx, announces) => announces('policies'))
      await announce()
      await expect.poll(() => heard).toBe(1)
      proxy.silence()
      await announce()
      await expect.poll(() => heard, { timeout: 30_000 }).toBeGreaterThan(1)
      const caughtUp = heard
      await announce()
      await expect.poll(() => heard, { timeout: 30_000 }).toBeGreaterThan(caughtUp)
    } finally {
      await other.close()
      await deaf.close()
    }
  },
)

onDatabase(
  'a write on a connection that was dropped without a word fails as an outage, and the next ones are done',
  async (url) => {
    await using proxy = await TcpProxy.open(url)
    const store = await openPostgres(proxy.url, { withinMs: 300 })
    try {
      const write = () => store.write(async (tx) => void (await sql`select 1`.execute(tx)))
      await write()
      proxy.silence()
      expect(isOutage(await write().catch((error: unknown) => error))).toBe(true)
      await expect.poll(() => write().then(() => 'done', isOutage), { timeout: 30_000 }).toBe('done')
    } finally {
      await store.close()
    }
  },
)

onDatabase('a process that hears nothing for some time says so, and no longer once it hears again', async (url) => {
  const store = await openPostgres(url, { beat: { everyMs: 50, withinMs: 1000 } })
  await using elsewhere = await administrator()
  const name = new URL(url).pathname.slice(1)
  try {
    // What it reads by is open already; the connection that listens is cut and finds no other.
    for (let connection = 0; connection < 2; connection++) await sql`select 1`.execute(store.read)
    await elsewhere.query(`alter database ${name} allow_connections false`)
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and (query like 'listen %' or query like 'insert into processes%')`.execute(
      store.read,
    )
    await expect.poll(() => store.ping().catch((error) => error), { timeout: 30_000 }).toBeInstanceOf(Deaf)
    await elsewhere.query(`alter database ${name} allow_connections true`)
    await expect.poll(() => store.ping().then(() => 'heard', String), { timeout: 30_000 }).toBe('heard')
  } finally {
    await store.close()
  }
})

onDatabase('a process whose database takes no writes says so, and no longer once it does again', async (url) => {
  const store = await openPostgres(url)
  await using elsewhere = await administrator()
  const name = new URL(url).pathname.slice(1)
  /** As after a fail-over: connections of before are gone, and new ones find it so. */
  const become = async (setting: 'on' | 'off') => {
    await elsewhere.query(`alter database ${name} set default_transaction_read_only = ${setting}`)
    await elsewhere.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  }
  const said = () => store.ping().then(() => 'writes', String)
  try {
    await become('on')
    await expect.poll(said, { timeout: 30_000 }).toContain('takes no writes')
    await become('off')
    await expect.poll(said, { timeout: 30_000 }).toBe('writes')
  } finally {
    await store.close()
  }
})

onDatabase('a process knows how far its clock is from the database’s, from its start on', async (url) => {
  const HOUR = 3_600_000
  const behind = await openPostgres(url, { now: () => Date.now() - HOUR })
  const right = await openPostgres(url)
  try {
    expect(behind.clockAhead()).toBeLessThan(-HOUR / 2)
    expect(Math.abs(right.clockAhead())).toBeLessThan(HOUR / 2)
    const answer = async (store: typeof right) => {
      const needs = {
        store,
        clock: new ManualClock(),
        stopping: new AbortController().signal,
        freeBytes: async () => Infinity,
      }
      return (await health(needs).request('/readyz')).json()
    }
    expect([await answer(behind), await answer(right)]).toEqual([{ ok: false, reason: 'clock' }, { ok: true }])
  } finally {
    await behind.close()
    await right.close()
  }
})
