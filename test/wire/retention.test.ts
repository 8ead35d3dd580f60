// What was kept for long enough is let go of, and nothing else; the chain stays whole.
import { beforeAll, describe, expect, it } from 'vitest'
import { timestamp } from '../../protocol/login-request.ts'
import type { VerifiedAudit } from '../../protocol/operator-api/audit.ts'
import type { ReportList } from '../../protocol/operator-api/reports.ts'
import type { RetentionView } from '../../protocol/operator-api/retention.ts'
import { sealEntries } from '../../server/audit/chain/seal.ts'
import { enforceRetention } from '../../server/retention/enforce.ts'
import { syslogState } from '../../server/syslog/cursor.ts'
import { overview } from '../../server/watching/overview.ts'
import { ENGINES } from '../support/engines.ts'
import { GENEROUS } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { operatorOf, programOf, type WireProgram } from '../support/wire-operator.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

describe.each(ENGINES)('retention on %s', (engine) => {
  const house = wireHouse(engine, { env: GENEROUS })
  let owner: WireProgram
  beforeAll(async () => {
    owner = await programOf(house.server, 'owner', 366)
  })

  const show = async () => (await owner.call<RetentionView>('GET', '/retention')).body
  const change = async (body: object) =>
    owner.call<RetentionView>('PATCH', '/retention', body, { 'if-match': `"${(await show()).version}"` })
  const enforce = async () => {
    await sealEntries(house.server.running.parts)
    await enforceRetention(house.server.running.parts)
  }
  const inDays = (days: number) => {
    const { parts } = house.server.running
    return { ...parts, clock: { ...parts.clock, now: () => house.clock.now() + days * DAY } }
  }
  const verify = async () => (await owner.call<VerifiedAudit>('GET', '/audit/verify')).body
  const count = async (table: 'login_requests' | 'decisions' | 'audit' | 'audit_seals' | 'security_events') => {
    const { store } = house.server
    const row = await store.read
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }
  const approved = async () => {
    const asked = await house.asked()
    await asked.device.decide(asked.shown, 'approve', asked.created.number)
    return asked
  }

  const etag = ({ version }: { version: number }) => ({ 'if-match': `"${version}"` })
  const reported = async () => {
    const { device, shown, username } = await house.asked()
    expect((await device.decide(shown, 'report')).status).toBe(200)
    const { body } = await owner.call<ReportList>('GET', '/reports')
    const mine = body.reports.find(({ user }) => user.username === username)
    if (!mine) throw new Error('there is no such report')
    return mine
  }

  it('is changed by owners who have just used their passkey, each seeing the latest, and is told at once', async () => {
    const seen = await show()
    expect(seen).toEqual({ requests: 400, reports: 400, auditDetail: null, audit: null, deliveries: 30, version: 1 })
    const administrator = await programOf(house.server, 'administrator')
    const asked = (by: WireProgram, body: object, version = 1) =>
      by.call('PATCH', '/retention', body, { 'if-match': `"${version}"` })
    expect(said(await asked(administrator, { audit: 30 }))).toBe('403 forbidden')
    for (const bad of [{ audit: 1 }, { requests: 0 }, { requests: 1.5 }, { reports: 29 }, { deliveries: -1 }])
      expect(said(await asked(owner, bad))).toBe('422 invalid')
    const { body } = await asked(owner, { audit: 29 })
    expect(body).toMatchObject({ errors: { '/audit': 'must be from 30 to 36500 days' } })
    const both = await Promise.all([asked(owner, { requests: 90 }), asked(owner, { requests: 91 })])
    expect(both.map(said).sort()).toEqual(['200', '412 changed-meanwhile'])
    const events = await house.server.store.read.selectFrom('security_events').select('kind').execute()
    expect(events).toContainEqual({ kind: 'retention-changed' })
    const person = await operatorOf(house.server, 'owner')
    await house.clock.jump(6 * MINUTE)
    expect(said(await person.call('PATCH', '/retention', { audit: 30 }, { 'if-match': '"2"' }))).toBe(
      '403 fresh-passkey-required',
    )
  })

  it('lets go of requests that are over, with what was signed for them, and of none that is asked', async () => {
    await change({ requests: 7 })
    const old = await approved()
    expect(await count('decisions')).toBe(1)
    await house.clock.jump(8 * DAY)
    const kept = await approved()
    await enforce()
    expect(await count('decisions')).toBe(1)
    const left = await house.server.store.read.selectFrom('login_requests').select('id').execute()
    expect(left).toEqual([{ id: kept.created.id }])
    expect(said(await house.application.read(old.created.id))).toBe('404 unknown-request')
    expect(await verify()).toMatchObject({ ok: true })
  })

  it('lets go of reports a while after they were closed, and of none that somebody has still to look at', async () => {
    await change({ reports: 30 })
    const [closed, late, open] = [await reported(), await reported(), await reported()]
    expect(said(await owner.call('POST', `/reports/${closed.id}/close`, {}, etag(closed)))).toBe('200')
    await house.clock.jump(20 * DAY)
    expect(said(await owner.call('POST', `/reports/${late.id}/close`, {}, etag(late)))).toBe('200')
    const left = async () =>
      (await house.server.store.read.selectFrom('reports').select('id').orderBy('id').execute()).map(({ id }) => id)
    await house.clock.jump(11 * DAY)
    await enforce()
    expect(await left()).toEqual([late.id, open.id].sort())
    await house.clock.jump(20 * DAY)
    await enforce()
    expect(await left()).toEqual([open.id])
  })

  it('says of a time that was stored before there was this kind what is usual', async () => {
    const { version } = await show()
    const old = { requests: 36_500, auditDetail: null, audit: null, deliveries: 30, version: version + 1 }
    const value = JSON.stringify(old)
    await house.server.store.write((tx) =>
      tx.updateTable('settings').set({ value }).where('name', '=', 'retention').execute(),
    )
    expect(await show()).toEqual({ ...old, reports: 400 })
  })

  it('takes people out of old entries, and the chain still holds', async () => {
    const { username } = await house.person()
    await change({ auditDetail: 7 })
    await house.clock.jump(8 * DAY)
    await house.person()
    const entries = await count('audit')
    await enforce()
    expect(await count('audit')).toBe(entries)
    const rows = await house.server.store.read.selectFrom('audit').select(['at', 'kind', 'detail']).execute()
    expect(JSON.stringify(rows)).not.toContain(username)
    expect(rows.filter(({ kind, detail }) => kind === 'user-added' && detail.includes('username'))).toHaveLength(1)
    const verified = await verify()
    expect(verified).toMatchObject({ ok: true })
    expect(verified.erased).toBeGreaterThan(0)
    expect(verified.unexplained).toBe(0)
    // Nothing but what is signed explains it: and what releases erased before that is explained by the next turn.
    const { store } = house.server
    await store.write((tx) => tx.deleteFrom('settings').where('name', '=', 'audit-erasure').execute())
    expect(await verify()).toMatchObject({ ok: false, fault: { kind: 'erased' } })
    await enforce()
    expect(await verify()).toMatchObject({ ok: true, erased: verified.erased, unexplained: 0 })
    // Nothing is looked at twice.
    const marks = () => house.server.store.read.selectFrom('tally_marks').selectAll().execute()
    const before = await marks()
    await enforce()
    expect(await marks()).toEqual(before)
  })

  it('goes as far as it should where another process was first, and saw less', async () => {
    await change({ requests: 36_500, auditDetail: 7 })
    const { parts, store } = { parts: house.server.running.parts, store: house.server.store }
    const early = await house.person()
    await house.clock.jump(DAY)
    const late = await house.person()
    await sealEntries(parts)
    const isFirst = [true]
    const overtaken: typeof parts.store.write = async (work) => {
      if (isFirst.pop()) await enforceRetention(inDays(6.5))
      return parts.store.write(work)
    }
    await enforceRetention({ ...inDays(8), store: { ...parts.store, write: overtaken } })
    const rows = JSON.stringify(await store.read.selectFrom('audit').select('detail').execute())
    for (const { username } of [early, late]) expect(rows).not.toContain(username)
  })

  it('waits for a syslog receiver that takes nothing, for thirty days, and what it missed is counted', async () => {
    await change({ requests: 36_500, audit: null, auditDetail: 30 })
    const { parts, store } = { parts: house.server.running.parts, store: house.server.store }
    const config = { syslog: new URL('tcp://siem.example:601') }
    /** As if so many days had gone by: the server's own turns, which wait for no receiver, see nothing old. */
    const waiting = async (days: number) => {
      await sealEntries(parts)
      await enforceRetention({ ...inDays(days), config })
    }
    await sealEntries(parts)
    const from = (await owner.call<{ position: number }>('GET', '/audit/head')).body.position
    const marks = ['syslog', 'syslog-failing'].map((name, n) => ({ name, at: n === 0 ? from : house.clock.now() }))
    await store.write((tx) => tx.insertInto('tally_marks').values(marks).execute())
    const { username } = await house.person()
    const named = async () =>
      JSON.stringify(await store.read.selectFrom('audit').select('detail').execute()).includes(username)
    await waiting(59)
    expect(await named()).toBe(true)
    await change({ audit: 30 })
    await waiting(59)
    const oldest = store.read.selectFrom('audit').select((e) => e.fn.min('position').as('position'))
    expect(Number((await oldest.executeTakeFirst())?.position)).toBe(from + 1)
    expect(await syslogState(store)).toMatchObject({ sent: from, missed: 0 })
    await waiting(61)
    expect(await named()).toBe(false)
    const { missed, position, failingSince } = await syslogState(store)
    expect(missed).toBe(position - from)
    const seen = await overview({ ...parts, config })
    const since = timestamp(failingSince ?? 0)
    expect(seen.syslog).toEqual({ receiver: 'siem.example:601', since, waiting: 0, missed })
    // Where none is set up nothing is waited for, and nothing said.
    expect((await overview(parts)).syslog).toBeNull()
    await change({ audit: null, auditDetail: null })
  })

  it('cuts the old end of the log off, signed, and what is left is verified from there', async () => {
    await change({ audit: 30 })
    const head = (await owner.call<{ head: string; position: number }>('GET', '/audit/head')).body
    await house.clock.jump(31 * DAY)
    await house.person()
    await enforce()
    expect(await count('audit')).toBe(await count('audit_seals'))
    const verified = await verify()
    expect(verified).toMatchObject({ ok: true, from: head.position + 1 })
    expect((await house.server.store.read.selectFrom('audit_cuts').selectAll().execute()).length).toBe(1)
    // Without the signed cut it would be a theft.
    await house.server.store.write((tx) => tx.deleteFrom('audit_cuts').execute())
    expect(await verify()).toMatchObject({ ok: false })
  })
})
