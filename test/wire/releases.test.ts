// Servers of two releases on one PostgreSQL: what the newer one adds is there at once, and what only the older one needs
// goes when that is gone.
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { Steps } from '../../server/store/migrate.ts'
import { ENGINES } from '../support/engines.ts'
import { newHouse, startServer, type TestServer } from '../support/server.ts'
import { call, said } from '../support/wire-call.ts'

/** Adds a column, and takes away an index that nothing reads any more. */
const nextRelease = (steps: Steps): Steps => ({
  ...steps,
  '9001-berth+': { up: (db) => db.schema.alterTable('users').addColumn('berth', 'text').execute() },
  '9002-no-typed-': { up: (db) => db.schema.dropIndex('audit_seals_typed').execute() },
})

const ready = async ({ wire }: TestServer) => (await call(wire, 'GET', '/readyz')).body

const isThere = async ({ store }: TestServer, index: string) =>
  (await sql<{ found: string | null }>`select to_regclass(${index}) as found`.execute(store.read)).rows[0]?.found ===
  index

/** Where somebody holds what is to be taken away, it is tried again. */
const untilTakenAway = (server: TestServer, before = async () => {}) =>
  expect
    .poll(
      async () => {
        await before()
        await server.store.contract()
        return isThere(server, 'audit_seals_typed')
      },
      { timeout: 30_000 },
    )
    .toBe(false)

const signsIn = async (server: TestServer, name: string) => {
  const application = await server.application(`Harbour of ${name}`)
  const device = await server.device(await server.user(name))
  const { id, number } = await application.ask(name)
  return said(await device.decide((await device.request(id)).body, 'approve', number))
}

describe.runIf(ENGINES.includes('postgres'))('servers of two releases', () => {
  it('serve side by side, and what the older one needs is taken away when it has stopped', async () => {
    await using house = await newHouse('postgres', { isEmpty: true })
    const older = await startServer('postgres', { house })
    const started = await startServer('postgres', { house, release: nextRelease })
    await started.store.contract()
    expect(await Promise.all([ready(older), ready(started)])).toEqual([{ ok: true }, { ok: true }])
    expect(await signsIn(older, 'alice')).toBe('200')
    expect(await signsIn(started, 'bob')).toBe('200')
    expect(await isThere(started, 'audit_seals_typed')).toBe(true)
    await older.close()
    await untilTakenAway(started)
    expect(await ready(started)).toEqual({ ok: true })
    await expect(startServer('postgres', { house })).rejects.toThrow(/A newer release has brought this store forward/)
    // Who was refused is not waited for, either.
    const { rows } = await sql`select knows from processes`.execute(started.store.read)
    expect(rows).toEqual([{ knows: '["9002-no-typed-"]' }])
    await started.close()
  })

  it('an older one that fell silent is waited for, and then no longer', async () => {
    await using house = await newHouse('postgres', { isEmpty: true })
    await using older = await startServer('postgres', { house })
    await using newer = await startServer('postgres', { house, release: nextRelease })
    const silentFor = (minutes: number) =>
      newer.store.write(async (tx) => {
        await sql`update processes set seen_at = seen_at - ${minutes * 60_000}::bigint where knows = '[]'`.execute(tx)
      })
    await silentFor(9)
    await newer.store.contract()
    expect(await isThere(newer, 'audit_seals_typed')).toBe(true)
    // It is not, and says so every few seconds.
    await untilTakenAway(newer, () => silentFor(11))
    expect(await ready(older)).toEqual({ ok: false, reason: 'newer-store' })
  })

  it('of two that start at once each does its part once, and what nobody needs any more is not waited for', async () => {
    await using house = await newHouse('postgres', { isEmpty: true })
    await (await startServer('postgres', { house })).close()
    const both = await Promise.all([1, 2].map(() => startServer('postgres', { house, release: nextRelease })))
    for (const server of both) await untilTakenAway(server)
    await Promise.all(both.map((server) => server.close()))
  })
})
