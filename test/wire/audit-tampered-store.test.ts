// What somebody changes in the audit log’s own tables, behind the server’s back, is found out.
import { beforeAll, describe, expect, it } from 'vitest'
import type { VerifiedAudit } from '../../protocol/operator-api/audit.ts'
import { commitmentsOf, digestOf, linkHash } from '../../server/audit/chain/content.ts'
import { entryOf, sealEntries } from '../../server/audit/chain/seal.ts'
import { record } from '../../server/audit/record.ts'
import { blanked, type Line } from '../support/blanked-line.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { newHouse, startServer, type TestServer } from '../support/server.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf, WireProgram } from '../support/wire-operator.ts'

describe.each(ENGINES)('a store on %s that somebody changed behind the server’s back', (engine) => {
  const house = wireHouse(engine)
  let auditor: WireProgram
  const verified = async () => (await auditor.call<VerifiedAudit>('GET', '/audit/verify')).body
  beforeAll(async () => {
    auditor = await programOf(house.server, 'auditor')
    await house.approved()
    expect((await verified()).ok).toBe(true)
  })

  /** Runs `change`, looks, and puts back what was there. */
  async function tampered(change: (db: typeof house.server.store.read) => Promise<unknown>) {
    const { store } = house.server
    const [entries, seals, chain] = await Promise.all([
      store.read.selectFrom('audit').selectAll().execute(),
      store.read.selectFrom('audit_seals').selectAll().execute(),
      store.read.selectFrom('audit_chain').selectAll().execute(),
    ])
    await store.write((tx) => change(tx))
    const result = await verified()
    await store.write(async (tx) => {
      for (const table of ['audit', 'audit_seals', 'audit_chain'] as const) await tx.deleteFrom(table).execute()
      await tx.insertInto('audit').values(entries).execute()
      for (const seal of seals) await tx.insertInto('audit_seals').values(seal).execute()
      await tx.insertInto('audit_chain').values(chain).execute()
    })
    return result
  }

  it('is found out', async () => {
    const edited = await tampered((tx) =>
      tx.updateTable('audit').set({ kind: 'x' }).where('position', '=', 3).execute(),
    )
    expect(edited).toMatchObject({ ok: false, fault: { position: 3, kind: 'changed' } })
    const hidden = await tampered((tx) =>
      tx.updateTable('audit_seals').set({ kind: 'x' }).where('position', '=', 3).execute(),
    )
    expect(hidden).toMatchObject({ ok: false, fault: { position: 3, kind: 'changed' } })
    const gone = await tampered((tx) => tx.deleteFrom('audit').where('position', '=', 3).execute())
    expect(gone).toMatchObject({ ok: false, fault: { position: 3, kind: 'missing' } })
    const cut = await tampered(async (tx) => {
      await tx.deleteFrom('audit').where('position', '>', 3).execute()
      await tx.deleteFrom('audit_seals').where('position', '>', 3).execute()
    })
    expect(cut).toMatchObject({ ok: false, fault: { position: 4, kind: 'truncated' } })
    const shortened = await tampered(async (tx) => {
      const third = await tx.selectFrom('audit_seals').selectAll().where('position', '=', 3).executeTakeFirstOrThrow()
      await tx.deleteFrom('audit').where('position', '>', 3).execute()
      await tx.deleteFrom('audit_seals').where('position', '>', 3).execute()
      await tx.updateTable('audit_chain').set({ position: 3, hash: third.hash }).execute()
    })
    // In the fourth place stands now that entries are gone.
    expect(shortened).toMatchObject({ ok: false, fault: { position: 5, kind: 'truncated' } })
    expect((await verified()).ok).toBe(true)
  })

  it('is found out where a member was taken out as if it had been erased, though every hash holds', async () => {
    const blank = async (tx: typeof house.server.store.read, kind: string, ...names: string[]) => {
      const row = await tx
        .selectFrom('audit_seals')
        .innerJoin('audit', 'audit.position', 'audit_seals.position')
        .select(['audit.position', 'audit.detail', 'audit_seals.evidence', 'audit_seals.salts'])
        .where('audit.kind', '=', kind)
        .executeTakeFirstOrThrow()
      const parsed = { detail: JSON.parse(row.detail), evidence: JSON.parse(row.evidence ?? 'null') }
      const line = blanked({ ...parsed, salts: JSON.parse(row.salts), erased: null } as unknown as Line, ...names)
      const [detail, evidence, salts, erased] = [line.detail, line.evidence, line.salts, line.erased].map((value) =>
        JSON.stringify(value),
      ) as [string, string, string, string]
      const { position } = row
      await tx.updateTable('audit').set({ detail }).where('position', '=', position).execute()
      const seal = { evidence: evidence === 'null' ? null : evidence, salts, erased }
      await tx.updateTable('audit_seals').set(seal).where('position', '=', position).execute()
      return position
    }
    for (const [kind, ...names] of [['approved'], ['user-added', 'detail/username']] as const) {
      let position: number | null = null
      const result = await tampered(async (tx) => {
        position = await blank(tx, kind, ...names)
      })
      expect(result).toMatchObject({ ok: false, fault: { kind: 'erased', position } })
    }
    expect((await verified()).ok).toBe(true)
  })

  it('is found out where the chain was made anew up to its end, whatever the server adds to it', async () => {
    const result = await tampered(async (tx) => {
      const last = await tx
        .selectFrom('audit_seals')
        .select(['position'])
        .orderBy('position', 'desc')
        .executeTakeFirstOrThrow()
      const { position } = last
      await tx.updateTable('audit').set({ detail: '{"reason":"other"}' }).where('position', '=', position).execute()
      const row = await tx.selectFrom('audit').selectAll().where('position', '=', position).executeTakeFirstOrThrow()
      const entry = { ...entryOf(row, null) }
      const digest = digestOf(entry, commitmentsOf(entry, 'c2FsdA') ?? {})
      const before = await tx
        .selectFrom('audit_seals')
        .select('hash')
        .where('position', '=', position - 1)
        .executeTakeFirstOrThrow()
      const forged = linkHash({ position, previous: before.hash, digest })
      const seal = { digest, hash: forged, salts: '"c2FsdA"', evidence: null }
      await tx.updateTable('audit_seals').set(seal).where('position', '=', position).execute()
      await tx.updateTable('audit_chain').set({ hash: forged }).execute()
      await record(tx, { at: 10, kind: 'signed-in' })
    })
    expect(result).toMatchObject({ ok: false, fault: { kind: 'rewritten' } })
    expect((await verified()).ok).toBe(true)
  })

  it('takes in an entry that commits after later ones', async () => {
    const { parts } = house.server.running
    const { store } = parts
    const seqs = await store.read.selectFrom('audit').select('seq').orderBy('seq', 'desc').limit(1).execute()
    const late = (seqs[0]?.seq ?? 0) + 1000
    const entry = { at: 9, kind: 'signed-in', detail: '{}', user_id: null, request_id: null, device_id: null }
    const insert = (seq: number) =>
      store.write((tx) =>
        tx
          .insertInto('audit')
          .values({ ...entry, seq, application_id: null, actor_id: null })
          .execute(),
      )
    await insert(late)
    await sealEntries(parts)
    await insert(late - 500)
    await Promise.all([sealEntries(parts), sealEntries(parts), sealEntries(parts)])
    await sealEntries(parts)
    const rows = await store.read
      .selectFrom('audit_seals')
      .select(['seq', 'position'])
      .where('seq', 'in', [late, late - 500])
      .orderBy('position')
      .execute()
    expect(rows.map(({ seq }) => seq)).toEqual([late, late - 500])
    expect(await store.read.selectFrom('audit').select('seq').where('position', 'is', null).execute()).toEqual([])
    expect((await verified()).ok).toBe(true)
  })
})

describe.each(ENGINES)('an older end of the log, put back in the store on %s', (engine) => {
  /** Two people are added, the second of whom is to be forgotten. */
  async function takenBack(server: TestServer, owner: WireProgram) {
    const { store, parts } = { store: server.store, parts: server.running.parts }
    await owner.call('POST', '/users', { username: 'alice' })
    await sealEntries(parts)
    const older = await store.read.selectFrom('audit_chain').selectAll().executeTakeFirstOrThrow()
    await owner.call('POST', '/users', { username: 'mallory' })
    await sealEntries(parts)
    const newer = await store.read.selectFrom('audit_chain').selectAll().executeTakeFirstOrThrow()
    await store.write(async (tx) => {
      await tx.deleteFrom('audit_seals').where('position', '>', older.position).execute()
      await tx.deleteFrom('audit').where('position', '>', older.position).execute()
      await tx.deleteFrom('audit').where('position', 'is', null).execute()
      await tx.updateTable('audit_chain').set(older).execute()
    })
    return { older: older.position, newer: newer.position }
  }
  const verified = async (owner: WireProgram) => (await owner.call<VerifiedAudit>('GET', '/audit/verify')).body
  const told = ({ lines }: TestServer) => lines.filter((line) => line.includes('the audit log was taken back'))

  it('is told by a process that saw it go further, once, and stays told however far it grows', async () => {
    await using server = await startServer(engine, { clock: new ManualClock() })
    const owner = await programOf(server, 'owner')
    const { older, newer } = await takenBack(server, owner)
    expect(newer).toBeGreaterThan(older)
    expect(await verified(owner)).toMatchObject({ ok: false, fault: { kind: 'truncated', position: newer } })
    for (let n = 0; n <= newer - older; n++) await owner.call('POST', '/users', { username: `later-${n}` })
    expect(await verified(owner)).toMatchObject({ ok: false, fault: { kind: 'truncated', position: newer } })
    const events = server.store.read.selectFrom('security_events').select('detail')
    const [event, ...more] = await events.where('kind', '=', 'audit-log-taken-back').execute()
    expect([JSON.parse(event?.detail ?? '{}').position, more.length, told(server).length]).toEqual([newer, 0, 1])
  })

  it('is told by one that has just begun, where syslog was sent more than there is', async () => {
    await using house = await newHouse(engine)
    const before = await startServer(engine, { house, clock: new ManualClock() })
    const owner = await programOf(before, 'owner')
    const { newer } = await takenBack(before, owner)
    await before.store.write((tx) => tx.insertInto('tally_marks').values({ name: 'syslog', at: newer }).execute())
    await before.close()
    await using server = await startServer(engine, { house, clock: new ManualClock() })
    const again = new WireProgram(server.wire, owner.token)
    expect(await verified(again)).toMatchObject({ ok: false, fault: { kind: 'truncated', position: newer } })
    expect(told(server)).toHaveLength(1)
  })
})
