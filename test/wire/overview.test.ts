// How things stand, for whoever opens the console.
import { beforeAll, describe, expect, it } from 'vitest'
import type { ApplicationId, SignId } from '../../protocol/ids.ts'
import type { Charts, Overview } from '../../protocol/operator-api/overview.ts'
import type { SignList, SignView } from '../../protocol/operator-api/signs.ts'
import { sealEntries } from '../../server/audit/chain/seal.ts'
import { charts } from '../../server/watching/charts.ts'
import { noCounts, tally } from '../../server/watching/tallies.ts'
import { countTyped } from '../../server/watching/typed-sign-ins.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { floodOf } from '../support/flood.ts'
import { GENEROUS } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'

const MINUTE = 60_000
const WEEK = 7 * 24 * 60 * MINUTE

describe.each(ENGINES)('the overview on %s', (engine) => {
  const house = wireHouse(engine, { env: GENEROUS })
  let auditor: WireProgram
  beforeAll(async () => {
    auditor = await programOf(house.server, 'auditor', 90)
  })
  const overview = async (query = '') => (await auditor.call<Overview>('GET', `/overview${query}`)).body
  const counted = () => tally(house.server.running.parts, 60_000)

  it('counts each request once, whether it was tallied or not, also by two who count at once', async () => {
    const since = `?since=${new Date(house.clock.now()).toISOString()}`
    for (let n = 0; n < 3; n++) {
      const asked = await house.asked()
      await house.clock.advance(4000)
      await asked.device.decide(asked.shown, 'approve', asked.created.number)
    }
    const before = await overview(since)
    expect(before.now).toMatchObject({ requests: 3, approved: 3, denied: 0, median: 4, p90: 4 })
    await house.clock.advance(10 * MINUTE)
    await Promise.all([counted(), counted()])
    const denied = await house.asked()
    await denied.device.decide(denied.shown, 'deny')
    expect((await overview(since)).now).toMatchObject({ requests: 4, approved: 3, denied: 1, median: 4 })
    expect(await house.server.store.read.selectFrom('tallies').selectAll().execute()).toHaveLength(1)
  })

  it('counts what was typed instead of approved, of this time and of the same hours a week before', async () => {
    const { username, device } = await house.person()
    const type = async () => {
      expect((await house.application.verify(username, device.passcode())).body).toMatchObject({ valid: true })
      await sealEntries(house.server.running.parts)
    }
    const sinceNow = () => `?since=${new Date(house.clock.now()).toISOString()}`
    // Activating spent one of this time.
    await house.clock.jump(MINUTE)
    const first = sinceNow()
    await type()
    await house.clock.jump(MINUTE)
    expect(await overview(first)).toMatchObject({ now: { typed: 1 }, weekAgo: { typed: 0 } })
    await house.clock.jump(WEEK - MINUTE)
    const second = sinceNow()
    await house.clock.jump(MINUTE)
    expect(await overview(second)).toMatchObject({ now: { typed: 0 }, weekAgo: { typed: 1 } })
    for (let n = 0; n < 2; n++) {
      await type()
      await house.clock.jump(MINUTE)
    }
    expect(await overview(second)).toMatchObject({ now: { typed: 2 }, weekAgo: { typed: 1 } })
    const { store } = house.server
    const counted = countTyped(store.read, { from: 0, to: house.clock.now() }, 2)
    expect(await counted).toBe(2)
  })

  it('says who is under attack: many denials, and an approval after one', async () => {
    const person = await house.person()
    for (let n = 0; n < 3; n++) {
      const asked = await house.ask(person, { context: { ip: `198.51.100.${n}` } })
      await house.clock.advance(1000)
      await asked.device.decide(asked.shown, 'deny')
      await house.server.store.write((tx) => tx.updateTable('throttles').set({ push_paused_until: 0 }).execute())
    }
    const given = await house.ask(person)
    await given.device.decide(given.shown, 'approve', given.created.number)
    const { denying, approvedAfterDenial, networks, applications } = await overview()
    const of = { user: { username: person.username }, takenBy: null }
    expect(denying).toMatchObject({ count: 1, signs: [{ ...of, denials: 3 }] })
    expect(approvedAfterDenial).toMatchObject({ count: 1, signs: [{ ...of, at: expect.any(String) }] })
    expect(networks[0]).toEqual({ network: '198.51.100.0/24', requests: 3 })
    expect(applications[0]).toMatchObject({ name: 'Harbour' })
  })

  it('signs of an attack go on, are taken, closed, and begin anew; a flood hides none', async () => {
    const bea = await programOf(house.server, 'help-desk', 90)
    const person = await house.person()
    const deny = async () => {
      const asked = await house.ask(person)
      await house.clock.advance(1000)
      await asked.device.decide(asked.shown, 'deny')
      await house.server.store.write((tx) => tx.updateTable('throttles').set({ push_paused_until: 0 }).execute())
    }
    const mine = async () => {
      const { body } = await auditor.call<SignList>('GET', '/signs?kind=denying')
      return body.signs.filter(({ user }) => user.username === person.username)
    }
    const press = (what: string, { id, version }: SignView) =>
      bea.call<SignView>('POST', `/signs/${id}/${what}`, {}, { 'if-match': `"${version}"` })
    for (let n = 0; n < 4; n++) await deny()
    const { created } = await house.approved()
    await floodOf(house.server.store, { like: created.id, times: 2500, everyMs: 1, mark: 'c' })
    const [sign] = await mine()
    if (!sign) throw new Error('no sign')
    const flooded = await overview()
    expect(flooded.denying.signs[0]).toEqual(sign)
    expect(flooded).toMatchObject({ whereOf: 2000, whereIsCut: true })
    expect([sign.denials, Date.parse(sign.at) - Date.parse(sign.since)]).toEqual([4, 3000])
    expect((await press('take', sign)).body).toMatchObject({ version: sign.version + 1, takenBy: expect.any(String) })
    expect(said(await press('close', sign))).toBe('412 changed-meanwhile')
    const [taken] = await mine()
    expect(taken?.takenAt).not.toBeNull()
    expect(said(await press('close', taken ?? sign))).toBe('200')
    expect(said(await press('close', taken ?? sign))).toBe('404 unknown-sign')
    expect(await mine()).toEqual([])
    await deny()
    expect(await mine()).toMatchObject([{ denials: 5, takenBy: null }])
    await house.clock.jump(WEEK / 7)
    expect(await mine()).toEqual([])
    expect(await overview()).toMatchObject({ whereOf: 0, whereIsCut: false })
  })

  it('lists more signs than a page holds, each once', async () => {
    const { store } = house.server
    const row = await store.read.selectFrom('signs').selectAll().executeTakeFirstOrThrow()
    const rows = Array.from({ length: 130 }, (_, n) => ({
      ...row,
      id: `sgn_${String(n).padStart(26, '0')}` as SignId,
      kind: 'denying' as const,
      state: 'open' as const,
      at: house.clock.now() - (n - (n % 3)),
    }))
    await store.write((tx) => tx.insertInto('signs').values(rows).execute())
    const page = (cursor = '') => auditor.call<SignList>('GET', `/signs?kind=denying${cursor && `&cursor=${cursor}`}`)
    const { body: first } = await page()
    const { body: second } = await page(first.next ?? '')
    expect([first.count, first.signs.length, second.next]).toEqual([first.count, 100, null])
    const ids = [...first.signs, ...second.signs].map(({ id }) => id)
    expect([ids.length, new Set(ids).size]).toEqual([first.count, first.count])
    expect((await overview()).denying.signs).toHaveLength(20)
    expect(said(await page('nonsense'))).toBe('422 invalid')
    await store.write((tx) => tx.deleteFrom('signs').execute())
  })

  it('says since when push fails, and since when far more is asked than usual', async () => {
    const { store } = house.server
    await house.clock.jump(60 * MINUTE - (house.clock.now() % (60 * MINUTE)) + 30 * MINUTE)
    const now = house.clock.now()
    const service = 'https://push.example'
    const minutes = [5, 5, 0, 5].map((failed, n) => ({ minute: now - n * MINUTE, service, delivered: 5, failed }))
    await store.write((tx) => tx.insertInto('push_tallies').values(minutes).execute())
    expect((await overview()).push).toMatchObject([{ service, failingSince: new Date(now - MINUTE).toISOString() }])
    const tallied = (hour: number, requests: number) => ({
      hour,
      application_id: house.application.id as ApplicationId,
      counts: JSON.stringify({ ...noCounts(), requests }),
    })
    await store.write((tx) => tx.deleteFrom('tallies').execute())
    const hour = now - (now % (60 * MINUTE))
    await store.write((tx) =>
      tx
        .insertInto('tallies')
        .values([tallied(hour - WEEK, 60)])
        .execute(),
    )
    expect((await overview()).unusualSince).toBeNull()
    const { created } = await house.approved()
    await floodOf(store, { like: created.id, times: 220, everyMs: 6000, mark: 'd' })
    const { unusualSince } = await overview()
    expect(unusualSince).toBe(new Date(now - 20 * MINUTE).toISOString())
    await floodOf(store, { like: created.id, times: 600, everyMs: 6000, mark: 'e' })
    await store.write((tx) =>
      tx
        .insertInto('tallies')
        .values([tallied(hour, 300), tallied(hour - 60 * MINUTE, 300), tallied(hour - 120 * MINUTE, 10)])
        .execute(),
    )
    expect((await overview()).unusualSince).toBe(new Date(hour - 60 * MINUTE).toISOString())
    await store.write((tx) => tx.deleteFrom('tallies').execute())
  })

  it('counts a flood whole, and what waits to be tallied', async () => {
    const { created } = await house.approved()
    const before = (await overview()).now.requests
    await floodOf(house.server.store, { like: created.id, times: 3000, everyMs: 20 })
    const shown = await overview()
    expect(shown.perMinute).toBeGreaterThan(299)
    expect(shown.now.requests).toBe(before + 3000)
    await floodOf(house.server.store, { like: created.id, times: 20_000, everyMs: 10, mark: 'b' })
    expect((await overview()).perMinute).toBeGreaterThan(5000)
  })

  it('says who is held, and what is open', async () => {
    const asked = await house.asked()
    await asked.device.decide(asked.shown, 'report')
    const { reports, paused, locked } = await overview()
    expect(reports).toEqual({ open: 1, oldest: expect.stringMatching(/Z$/) })
    expect(paused).toMatchObject({ count: 1, people: [{ username: asked.username }] })
    expect(locked).toEqual({ count: 0, people: [] })
  })

  it('says whose device waits to be confirmed, until somebody does', async () => {
    const owner = await programOf(house.server, 'owner', 90)
    const seen = await owner.call<{ version: number }>('GET', '/policies/organisation')
    const set = (policy: object, version: number) =>
      owner.call<{ version: number }>('PUT', '/policies/organisation', { policy }, { 'if-match': `"${version}"` })
    const confirmed = await set({ activationConfirmed: true }, seen.body.version)
    const { username, device } = await house.person()
    const gone = await house.person()
    await set({}, confirmed.body.version)
    const waiting = async () => (await overview()).unconfirmed
    expect(await waiting()).toMatchObject({ count: 2, people: [{ username }, { username: gone.username }] })
    expect((await overview()).certificateDays).toBeNull()
    expect((await owner.call('POST', `/tokens/${device.token.id}/resume`, { reason: 'found' })).status).toBe(204)
    expect((await owner.call('POST', `/tokens/${gone.device.token.id}/revoke`, { reason: 'gone' })).status).toBe(204)
    expect(await waiting()).toEqual({ count: 0, people: [] })
  })

  it('compares with the same hours a week before', async () => {
    await house.clock.advance(10 * MINUTE)
    await counted()
    const { now } = await overview()
    await house.clock.jump(WEEK)
    expect((await overview()).weekAgo).toEqual(now)
    expect((await overview()).now).toMatchObject({ requests: 0, median: null })
  })

  it('counts over time by the clock of whoever looks, and refuses a clock that is none', async () => {
    await house.clock.advance(10 * MINUTE)
    const asked = await house.asked()
    await asked.device.decide(asked.shown, 'approve', asked.created.number)
    await house.clock.advance(10 * MINUTE)
    await counted()
    const at = house.clock.now() - 10 * MINUTE
    const chart = async (query: string) => (await auditor.call<Charts>('GET', `/overview/charts?${query}`)).body
    const local = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo', dateStyle: 'short' }).format(at)
    const { step, buckets } = await chart('days=7&zone=Asia/Tokyo')
    expect([step, buckets.length]).toEqual(['day', 7])
    expect(buckets.find(({ label }) => label === local)).toMatchObject({ requests: 1, approved: 1, median: 0, p95: 0 })
    await sealEntries(house.server.running.parts)
    const sealed = (await chart('days=7&zone=Asia/Tokyo')).buckets
    expect(sealed.reduce((sum, { activated }) => sum + (activated ?? 0), 0)).toBeGreaterThan(0)
    // Beyond the newest so many nothing is said of an hour: it is not nothing.
    const { parts } = house.server.running
    const whole = (await charts(parts, { days: 7, zone: 'UTC' })).buckets.map(({ activated }) => activated ?? 0)
    const count = whole.reduce((sum, one) => sum + one, 0)
    const cut = (await charts(parts, { days: 7, zone: 'UTC', most: count })).buckets
    expect(cut[0]?.activated).toBeNull()
    expect(cut.filter(({ activated }, n) => activated !== null && activated > (whole[n] ?? 0))).toEqual([])
    expect((await charts(parts, { days: 7, zone: 'UTC', most: count + 1 })).buckets[0]?.activated).toBe(whole[0])
    expect((await chart('days=1')).buckets).toHaveLength(24)
    expect((await auditor.call('GET', '/overview/charts?zone=Mars/Olympus')).status).toBe(422)
  })

  describe('at the hours of another clock', () => {
    const at = async (now: string, zone: string, days: 1 | 7 = 1) => {
      const { store } = house.server
      const counts = JSON.stringify({ ...noCounts(), requests: 1 })
      const hours = [...Array(4).keys()].map((n) => Date.parse(now) - (n + 9) * 60 * MINUTE)
      await store.write((tx) => tx.deleteFrom('tallies').execute())
      const rows = hours.map((hour) => ({ hour, application_id: house.application.id, counts }))
      await store.write((tx) =>
        tx
          .insertInto('tallies')
          .values(rows as never)
          .execute(),
      )
      const { buckets } = await charts({ store, clock: new ManualClock(now) }, { days, zone })
      const asked = buckets.filter(({ requests }) => requests > 0)
      return { all: buckets.length, asked: asked.map(({ label, requests }) => `${label}: ${requests}`) }
    }

    it('an hour that comes twice is two, with its offset', async () => {
      expect(await at('2026-10-25T11:00:00Z', 'Europe/Amsterdam')).toEqual({
        all: 24,
        asked: [
          '2026-10-25 01:00: 1',
          '2026-10-25 02:00 +02:00: 1',
          '2026-10-25 02:00 +01:00: 1',
          '2026-10-25 03:00: 1',
        ],
      })
    })

    it('an hour that is left out is none, and its day is one', async () => {
      expect(await at('2026-03-29T11:00:00Z', 'Europe/Amsterdam')).toEqual({
        all: 24,
        asked: ['2026-03-29 00:00: 1', '2026-03-29 01:00: 1', '2026-03-29 03:00: 1', '2026-03-29 04:00: 1'],
      })
      expect(await at('2026-03-29T11:00:00Z', 'Europe/Amsterdam', 7)).toEqual({ all: 7, asked: ['2026-03-29: 4'] })
    })

    it('half an hour off, hours begin at half past', async () => {
      expect(await at('2026-10-25T11:00:00Z', 'Asia/Kolkata')).toEqual({
        all: 24,
        asked: ['2026-10-25 04:30: 1', '2026-10-25 05:30: 1', '2026-10-25 06:30: 1', '2026-10-25 07:30: 1'],
      })
    })
  })
})
