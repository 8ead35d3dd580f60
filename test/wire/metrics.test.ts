// What Prometheus sees, and what a load balancer is told.
import { createSocket } from 'node:dgram'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../protocol/problems.ts'
import { chainHead, sealEntries } from '../../server/audit/chain/seal.ts'
import { health } from '../../server/http/health.ts'
import { keepTidy } from '../../server/janitor.ts'
import { logger } from '../../server/log.ts'
import { openMeters } from '../../server/metrics/meters.ts'
import { Deaf, type Store } from '../../server/store/store.ts'
import { advance, noteFailing, sentUntil } from '../../server/syslog/cursor.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { metricValue } from '../support/metric-value.ts'
import { startServer } from '../support/server.ts'
import { call } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'

describe.each(ENGINES)('metrics on %s', (engine) => {
  let port = 0
  const house = wireHouse(engine, async () => {
    port = await freePort()
    return { env: { COUNTERSIGN_METRICS: `127.0.0.1:${port}`, COUNTERSIGN_RADIUS: 'udp://127.0.0.1:0' } }
  })
  const read = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()

  it('count what was asked, how it ended, how long people took, and who waits', async () => {
    const before = await read()
    const { created, device, shown, username } = await house.asked()
    await using _events = await house.application.events(created.id)
    await house.clock.advance(4000)
    await device.decide(shown, 'approve', created.number)
    const denied = await house.asked()
    await using _waiting = await house.application.events(denied.created.id)
    await _waiting.next()
    expect(metricValue(await read(), 'countersign_waiters{for="request"}')).toBe(1)
    await denied.device.decide(denied.shown, 'deny')
    const after = await read()
    const grew = (series: string) => metricValue(after, series) - (metricValue(before, series) || 0)
    expect(grew('countersign_login_requests_total{purpose="sign-in"}')).toBe(2)
    expect(grew('countersign_login_requests_settled_total{state="approved",reason="none"}')).toBe(1)
    expect(grew('countersign_login_requests_settled_total{state="denied",reason="declined"}')).toBe(1)
    expect(grew('countersign_decision_seconds_sum{state="approved"}')).toBe(4)
    expect(grew('countersign_store_write_seconds_count{outcome="committed"}')).toBeGreaterThan(3)
    const route = 'method="POST",route="/device/v1/decisions",status="200"'
    expect(grew(`countersign_http_request_seconds_count{${route}}`)).toBe(2)
    expect(metricValue(after, 'countersign_store_up')).toBe(1)
    expect(metricValue(after, 'countersign_backlog_jobs{to="mail"}')).toBe(0)
    expect(metricValue(after, 'countersign_outbox_jobs')).toBe(0)
    for (const secret of [username, created.id, device.id, house.application.id, created.secret, '127.0.0.1'])
      expect(after).not.toContain(secret)
  })

  it('count what happened by its kind once it is sealed, each time once', async () => {
    const parts = house.server.running.parts
    while ((await sealEntries(parts)) > 0);
    const refused = async () =>
      metricValue(await read(), 'countersign_audit_entries_total{kind="passcode-refused"}') || 0
    const before = await refused()
    const { username } = await house.person()
    await house.application.verify(username, '000000')
    while ((await sealEntries(parts)) > 0);
    await sealEntries(parts)
    await expect.poll(refused).toBe(before + 1)
  })

  it('count packets over RADIUS of which nobody hears', async () => {
    const socket = createSocket('udp4')
    for (let packet = 0; packet < 3; packet++) socket.send('who is there', house.server.running.radius.udp?.port ?? 0)
    const strangers = async () => metricValue(await read(), 'countersign_radius_packets_total{outcome="stranger"}')
    await expect.poll(strangers, { timeout: 10_000 }).toBe(3)
    socket.close()
  })

  it('tell how far the syslog receiver is behind, and for how long it has taken nothing', async () => {
    const { parts } = house.server.running
    const meters = openMeters({ clock: house.clock, hasSyslog: true })
    const told = async (name: string) => metricValue(await meters.text(), `countersign_syslog_${name}`)
    meters.measuring(parts.store)
    while ((await sealEntries(parts)) > 0);
    const sent = await sentUntil(parts.store)
    const { username } = await house.person()
    await house.application.verify(username, '000000')
    while ((await sealEntries(parts)) > 0);
    const { position } = await chainHead(parts)
    expect(position).toBeGreaterThan(sent)
    expect([await told('behind_entries'), await told('failing_seconds')]).toEqual([position - sent, 0])
    await noteFailing(parts.store, house.clock.now() - 90_000)
    expect(await told('failing_seconds')).toBe(90)
    await advance(parts.store, sent, position)
    expect([await told('behind_entries'), await told('failing_seconds')]).toEqual([0, 0])
  })

  it('tell who waits for a connection to the database', async () => {
    const { store } = house.server.running.parts
    const meters = openMeters({ clock: house.clock, hasSyslog: false })
    meters.measuring({ ...store, pool: () => ({ inUse: 10, idle: 0, waiting: 3 }) })
    const text = await meters.text()
    const [inUse, idle] = ['in_use', 'idle'].map((state) =>
      metricValue(text, `countersign_store_connections{state="${state}"}`),
    )
    expect([inUse, idle, metricValue(text, 'countersign_store_waiting')]).toEqual([10, 0, 3])
    expect(metricValue(await read(), 'countersign_store_waiting')).toBe(0)
    expect(store.pool?.().waiting).toBe(engine === 'postgres' ? 0 : undefined)
  })

  it('tell what is done in the background, and what of it fails', async () => {
    const clock = new ManualClock()
    const meters = openMeters({ clock, hasSyslog: false })
    const stop = new AbortController()
    const log = logger('error', { write: () => {} })
    const run = async () => {}
    const fails = () => Promise.reject(new Error('out of order'))
    const chores = [
      { name: 'tidy up', every: 1000, run },
      { name: 'count', every: 1000, run: fails },
    ]
    const began = clock.now() / 1000
    const done = keepTidy({ clock, log, meters }, chores, stop.signal)
    await clock.whenWaiting(2)
    await clock.advance(2000)
    const text = await meters.text()
    const [last, failures] = ['last_success_timestamp_seconds', 'failures_total'].map((name) =>
      chores.map((chore) => metricValue(text, `countersign_chore_${name}{chore="${chore.name}"}`)),
    )
    expect([last, failures]).toEqual([
      [began + 2, began],
      [0, 3],
    ])
    stop.abort()
    await done
  })

  it('grow by no series for what strangers call', async () => {
    const series = async () => (await read()).split('\n').filter((line) => line.startsWith('countersign_http')).length
    const strange = (n: number) => call(house.server.wire, 'GET', `/api/v1/nothing-${n}?x=${n}`)
    await strange(0)
    const before = await series()
    for (let n = 1; n < 5; n++) await strange(n)
    expect(await series()).toBe(before)
  })

  it('are on their own address only, and nothing else is there', async () => {
    expect((await call(house.server.wire, 'GET', '/metrics')).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status).toBe(405)
  })

  it('are off unless an address is named', async () => {
    await using plain = await startServer(engine)
    expect(plain.running.parts.meters).toBeUndefined()
  })
})

describe.each(ENGINES)('readiness on %s', (engine) => {
  const house = wireHouse(engine)

  it('ends when a newer release has brought the store forward', async () => {
    expect((await call(house.server.wire, 'GET', '/readyz')).body).toEqual({ ok: true })
    const timestamp = new Date(0).toISOString()
    await house.server.store.write(async (tx) => {
      const migrations = tx.withTables<{ kysely_migration: { name: string; timestamp: string } }>()
      await migrations.insertInto('kysely_migration').values({ name: '9999-from-the-future', timestamp }).execute()
    })
    const { status, body } = await call(house.server.wire, 'GET', '/readyz')
    expect([status, body]).toEqual([503, { ok: false, reason: 'newer-store' }])
    expect((await call(house.server.wire, 'GET', '/healthz')).status).toBe(200)
  })
})

describe('readiness', () => {
  const clock = new ManualClock()
  const stop = new AbortController()
  const ready = async (ping: Store['ping'], free: number | Promise<never> = 2 ** 40, ahead = 0) => {
    const store = { ping, clockAhead: () => ahead } as Store
    const needs = { store, clock, stopping: stop.signal, freeBytes: async () => free }
    return (await health(needs).request('/readyz')).json()
  }
  const good = async () => {}

  it('tells what stands against it', async () => {
    expect(await ready(good)).toEqual({ ok: true })
    expect(await ready(good, 1000)).toEqual({ ok: false, reason: 'disk' })
    expect(await ready(good, Promise.reject(new Error('ENOENT')))).toEqual({ ok: false, reason: 'data-folder' })
    expect(await ready(() => Promise.reject(new Error('gone')))).toEqual({ ok: false, reason: 'store' })
    expect(await ready(good, 2 ** 40, -30_001)).toEqual({ ok: false, reason: 'clock' })
    expect(await ready(good, 2 ** 40, 30_000)).toEqual({ ok: true })
    expect(await ready(() => Promise.reject(new Problem('unavailable')))).toEqual({ ok: false, reason: 'newer-store' })
    expect(await ready(() => Promise.reject(new Deaf()))).toEqual({ ok: false, reason: 'deaf' })
    const silent = ready(() => new Promise(() => {}))
    await clock.whenWaitingFor(3000)
    await clock.advance(3000)
    expect(await silent).toEqual({ ok: false, reason: 'store' })
    stop.abort()
    expect(await ready(good)).toEqual({ ok: false, reason: 'stopping' })
  })
})
