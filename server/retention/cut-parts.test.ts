// The audit log on PostgreSQL: in parts that are there before they are needed, and gone whole when their time is over.

import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES } from '../../test/support/engines.ts'
import { newSealer, OPERATOR, random } from '../../test/support/enrolled.ts'
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts'
import { openSigner } from '../audit/chain/mark.ts'
import { sealEntries } from '../audit/chain/seal.ts'
import { verifyStore } from '../audit/export.ts'
import { record } from '../audit/record.ts'
import { type PartedTable, partsOf } from '../store/parts.ts'
import { openPostgres } from '../store/postgres.ts'
import type { Store } from '../store/store.ts'
import { enforceRetention } from './enforce.ts'
import { makeRoomForEntries } from './make-room.ts'
import { changeRetention } from './times.ts'

const DAY = 24 * 3_600_000
const PART = 10

describe.runIf(ENGINES.includes('postgres'))('the audit log in parts', () => {
  let url: string
  let store: Store
  let clock: ManualClock
  let needs: Awaited<ReturnType<typeof needsOn>>
  beforeEach(async () => {
    url = await createDatabase(inject('postgresUrl'))
    store = await openPostgres(url)
    clock = new ManualClock()
    needs = await needsOn(store)
    for (const table of ['audit', 'audit_seals'] as const) await narrow(table)
  })
  afterEach(async () => {
    await store.close()
    await dropDatabase(url)
  })

  const needsOn = async (on: Store) => ({
    ...{ store: on, clock, random, organisation: { name: 'Meridian' } },
    config: { syslog: undefined },
    auditSigner: await openSigner({ store: on, sealer: newSealer() }),
  })

  /** The first part, as if so many places had been enough for it. */
  async function narrow(table: PartedTable): Promise<void> {
    const [whole, first] = [sql.table(table), sql.table(`${table}_part_first`)]
    await store.write(async (tx) => {
      await sql`alter table ${whole} detach partition ${first}`.execute(tx)
      await sql`alter table ${whole} attach partition ${first} for values from (minvalue) to (${sql.lit(PART)})`.execute(
        tx,
      )
    })
  }

  async function happen(times: number): Promise<void> {
    for (let time = 0; time < times; time++)
      await store.write((tx) => record(tx, { at: clock.now(), kind: 'signed-in', detail: { ip: '198.51.100.7' } }))
    await sealEntries(needs)
  }

  const rows = async (table: string) =>
    (await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(store.read)).rows[0]?.count
  const bounds = async (table: PartedTable) => (await partsOf(store.read, table)).map(({ from, to }) => [from, to])
  const keepFor = (days: number) => changeRetention(needs, { version: 1, audit: days }, OPERATOR.actor)

  it('has room before it is needed, whoever makes it; what no part is there for is kept as well', async () => {
    await happen(PART + 5)
    expect(await rows('audit_part_rest')).toBe(6)
    await Promise.all([1, 2].map(() => makeRoomForEntries(needs, PART)))
    // Beyond what stands in the rest, and beyond what may come there meanwhile.
    expect(await bounds('audit')).toEqual([
      [0, 10],
      [30, 45],
    ])
    await happen(20)
    expect(await rows('audit_part_30')).toBe(6)
    await makeRoomForEntries(needs, PART)
    expect((await bounds('audit')).at(-1)).toEqual([45, 80])
    expect(await bounds('audit_seals')).toEqual(await bounds('audit'))
    expect(await verifyStore(needs)).toMatchObject({ ok: true, entries: 35 })
  })

  it('has entries far behind the others sealed as well, once there are no more of those', async () => {
    await happen(1)
    await sql`select setval('audit_seq_seq', 500000)`.execute(store.read)
    await happen(1)
    await store.write(async (tx) => {
      await record(tx, { at: clock.now(), kind: 'signed-in' })
      await sql`insert into audit (seq, at, kind, detail) values (9, 1, 'signed-out', '{}')`.execute(tx)
    })
    await sealEntries(needs)
    expect(await verifyStore(needs)).toMatchObject({ ok: true, entries: 4 })
  })

  it('loses its oldest part whole once all of it is due, and not an entry before; the chain holds', async () => {
    await keepFor(100)
    await happen(PART - 4)
    await clock.jump(5 * DAY)
    await makeRoomForEntries(needs, PART)
    await happen(8)
    const kept = await rows('audit')
    await clock.jump(98 * DAY)
    await enforceRetention(needs)
    expect(await rows('audit')).toBe(kept)
    await happen(2)
    await clock.jump(3 * DAY)
    await enforceRetention(needs)
    expect((await bounds('audit_seals')).map(([from]) => from)).not.toContain(0)
    expect((await bounds('audit')).map(([from]) => from)).not.toContain(0)
    expect(await rows('audit')).toBe(await rows('audit_seals'))
    expect(await verifyStore(needs)).toMatchObject({ ok: true, entries: 2 })
  })

  it('loses entries one by one where a part spans too long a time to be waited for, and then the empty part', async () => {
    await keepFor(100)
    await happen(4)
    await clock.jump(50 * DAY)
    await makeRoomForEntries(needs, PART)
    await happen(10)
    await clock.jump(60 * DAY)
    await enforceRetention(needs)
    expect(await verifyStore(needs)).toMatchObject({ ok: true, from: 6 })
    await clock.jump(60 * DAY)
    await happen(1)
    await enforceRetention(needs)
    await enforceRetention(needs)
    expect((await bounds('audit')).map(([from]) => from)).not.toContain(0)
    expect(await rows('audit')).toBe(await rows('audit_seals'))
    expect(await verifyStore(needs)).toMatchObject({ ok: true })
  })

  it('keeps a part that a syslog receiver has not got for thirty days longer, and no longer', async () => {
    await keepFor(100)
    await happen(PART)
    await makeRoomForEntries(needs, PART)
    await happen(5)
    const sent = { name: 'syslog', at: 3 }
    await store.write((tx) => tx.insertInto('tally_marks').values(sent).execute())
    const waiting = { ...needs, config: { syslog: new URL('tcp://siem.example:601') } }
    const kept = await rows('audit')
    await clock.jump(101 * DAY)
    await enforceRetention(waiting)
    expect(await rows('audit')).toBe(kept)
    await clock.jump(30 * DAY)
    await enforceRetention(waiting)
    expect((await bounds('audit')).map(([from]) => from)).not.toContain(0)
    expect(await verifyStore(needs)).toMatchObject({ ok: true })
  })

  it('keeps a part that somebody reads until another time, and holds nobody up for it', async () => {
    await keepFor(100)
    await happen(PART)
    await makeRoomForEntries(needs, PART)
    await happen(5)
    await clock.jump(101 * DAY)
    const backup = new pg.Client({ connectionString: url })
    await backup.connect()
    await backup.query('begin; lock table audit in access share mode')
    await enforceRetention(needs)
    expect(await rows('audit')).toBe(await rows('audit_seals'))
    expect((await bounds('audit')).map(([from]) => from)).toContain(0)
    await happen(1)
    await backup.end()
    await enforceRetention(needs)
    expect((await bounds('audit')).map(([from]) => from)).not.toContain(0)
    await happen(1)
    expect(await verifyStore(needs)).toMatchObject({ ok: true })
  })
})
