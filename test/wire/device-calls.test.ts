// §5: what a device may ask and say beside decisions.
import { createECDH } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { GENEROUS } from '../support/server.ts'
import { type Json, said } from '../support/wire-call.ts'
import type { WireDevice, WireShown } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'
import { expectInvalid, expectProblem } from '../support/wire-problem.ts'

const NOWHERE = `req_${'0'.repeat(26)}`
const NO_TOKEN = `tok_${'0'.repeat(26)}`
const MINUTE = 60_000
const newPoint = () => createECDH('prime256v1').generateKeys().toString('base64url')

type Token = Json & { id: string; label: string; state: string }
type Entry = WireShown & {
  decidedHere: boolean
  state: string
  reason: string | null
  settledAt: string
  redeemedAt: string | null
}

describe.each(ENGINES)('a device on %s', (engine) => {
  const house = wireHouse(engine, { env: { ...GENEROUS, COUNTERSIGN_ORGANISATION: 'Northwind' } })
  const tokensOf = async (device: WireDevice) =>
    (await device.call<{ tokens: Token[] }>('GET', '/device/v1/tokens')).body.tokens

  it('is told how this installation is at each start', async () => {
    const { device } = await house.person()
    const reply = await device.call('GET', '/device/v1/config')
    expect([said(reply), reply.headers['content-type']]).toEqual(['200', 'application/json'])
    expect(reply.body).toEqual({
      protocol: [1],
      vapidKey: expect.stringMatching(/^B[\w-]{86}$/),
      serverTime: new Date(house.clock.now()).toISOString(),
      organisation: { name: 'Northwind' },
    })
  })

  it('is told whether it is subscribed where it asks for that', async () => {
    const { device } = await house.person()
    const ask = async () =>
      (await device.call<{ subscribed: boolean }>('GET', '/device/v1/config?with=subscribed')).body.subscribed
    expect(await ask()).toBe(false)
    await device.subscribe({ endpoint: 'https://8.8.8.8/x', keys: { p256dh: newPoint(), auth: 'A'.repeat(22) } })
    expect(await ask()).toBe(true)
  })

  it('is told how long a report pauses push, and until when it is paused now', async () => {
    const { username, device } = await house.person()
    const ask = async () =>
      (await device.call<{ pause: object }>('GET', '/device/v1/config?with=subscribed')).body.pause
    expect(await ask()).toEqual({ seconds: 900, until: null })
    const { id } = await house.application.ask(username)
    await device.decide((await device.request(id)).body, 'report')
    const until = new Date(house.clock.now() + 900_000).toISOString()
    expect(await ask()).toEqual({ seconds: 900, until })
    await house.clock.advance(900_000)
    expect(await ask()).toEqual({ seconds: 900, until: null })
  })

  describe('is asked', () => {
    it('by all applications and for all its tokens, the newest first', async () => {
      const { username, device } = await house.person()
      const another = await house.server.user()
      await device.enrol(await house.server.code(another))
      const ids: string[] = []
      for (const name of [username, another, username]) {
        ids.unshift((await house.application.ask(name)).id)
        await house.clock.advance(1000)
      }
      const other = await house.server.application('Lighthouse')
      ids.unshift((await other.ask(username)).id)
      const shown = await device.requests()
      expect(shown.map(({ id }) => id)).toEqual(ids)
      expect(shown.map(({ application }) => application.name)).toEqual(['Lighthouse', 'Harbour', 'Harbour', 'Harbour'])
      expect(new Set(shown.map(({ nonce }) => nonce)).size).toBe(4)
    })

    it('by one of them alone, exactly as in the list', async () => {
      const asked = await house.asked()
      expect(await asked.device.requests()).toEqual([asked.shown])
      expect(Object.keys(asked.shown).toSorted()).toEqual(
        ['id', 'purpose', 'nonce', 'token', 'username', 'createdAt', 'expiresAt', 'application', 'context', 'number']
          .concat(['unlock', 'approval'])
          .toSorted(),
      )
    })

    it('nothing that is another’s, unknown, or over', async () => {
      const [mine, theirs] = [await house.asked(), await house.asked()]
      for (const id of [theirs.created.id, NOWHERE, 'x'])
        expectProblem(await mine.device.request(id), '404 unknown-request')
      await house.clock.advance(MINUTE)
      expectProblem(await mine.device.request(mine.created.id), '404 unknown-request')
      expect(await mine.device.requests()).toEqual([])
    })

    it('nothing that was asked before it came', async () => {
      const { username, created } = await house.asked()
      const later = await house.server.device(username)
      expect(await later.requests()).toEqual([])
      expectProblem(await later.request(created.id), '404 unknown-request')
    })

    it('nothing by a token that it gave back', async () => {
      const { device, created } = await house.asked()
      await device.call('DELETE', `/device/v1/tokens/${device.token.id}`)
      expect(await device.requests()).toEqual([])
      expectProblem(await device.request(created.id), '404 unknown-request')
    })
  })

  describe('listens', () => {
    it('at once, and to each change', async () => {
      const person = await house.person()
      await using events = await person.device.events()
      expect([events.status, events.headers['content-type']]).toEqual([200, 'text/event-stream'])
      expect(await events.next()).toEqual({ event: 'requests', id: undefined, data: { requests: [] } })
      const first = await house.ask(person)
      expect((await events.next())?.data).toEqual({ requests: [first.shown] })
      await house.clock.advance(10)
      const second = await house.ask(person)
      expect((await events.next())?.data).toEqual({ requests: [second.shown, first.shown] })
      await house.application.cancel(second.created.id)
      expect((await events.next())?.data).toEqual({ requests: [first.shown] })
      await person.device.decide(first.shown, 'deny')
      expect((await events.next())?.data).toEqual({ requests: [] })
    })

    it('with a comment every 15 seconds, until 5 minutes have passed', async () => {
      const { device } = await house.person()
      await using events = await device.events()
      await events.next()
      for (let n = 1; n < 20; n++) {
        await house.clock.whenWaitingFor(15_000)
        await house.clock.advance(15_000)
        expect(await events.nextBlock()).toMatch(/^:/)
      }
      await house.clock.whenWaitingFor(15_000)
      await house.clock.advance(15_000)
      await events.ended()
    })

    it('until a request expires, which it hears to the millisecond', async () => {
      const person = await house.person()
      const { created } = await house.ask(person)
      await house.clock.advance(51_000)
      await using events = await person.device.events()
      expect((await events.next())?.data.requests).toMatchObject([{ id: created.id }])
      await house.clock.whenWaitingFor(9000)
      await house.clock.advance(9000)
      expect((await events.next())?.data.requests).toEqual([])
    })

    it('until its last token is gone, and then no more', async () => {
      const { device } = await house.person()
      await device.enrol(await house.server.code(await house.server.user()))
      const [first, second] = device.tokens
      await using events = await device.events()
      await events.next()
      await device.call('DELETE', `/device/v1/tokens/${first?.id}`)
      await house.application.ask((await tokensOf(device)).find(({ id }) => id === second?.id)?.username as string)
      expect((await events.next())?.data.requests).toHaveLength(1)
      await device.call('DELETE', `/device/v1/tokens/${second?.id}`)
      await events.ended()
      await using after = await device.events()
      expect([after.status, await after.next()]).toEqual([200, undefined])
    })
  })

  describe('sends a receipt', () => {
    it.each(['shown', 'opened'])('that it was %s', async (event) => {
      const { device, created } = await house.asked()
      const reply = await device.receipt(created.id, event)
      expect([said(reply), reply.text]).toEqual(['204', ''])
      expect((await house.application.read(created.id)).body.delivery).toBe('shown')
    })

    it('only for what was sent to it', async () => {
      const [mine, theirs] = [await house.asked(), await house.asked()]
      for (const id of [theirs.created.id, NOWHERE]) expectProblem(await mine.device.receipt(id), '404 unknown-request')
      expect((await house.application.read(theirs.created.id)).body.delivery).toBe('none')
      expectInvalid(await mine.device.receipt(mine.created.id, 'burnt'), '/event')
      expectInvalid(await mine.device.receipt('x'), '/request')
    })

    it('late, which changes nothing', async () => {
      const { device, created, shown } = await house.asked()
      await device.decide(shown, 'deny')
      const { body } = await house.application.read(created.id)
      expect(said(await device.receipt(created.id))).toBe('204')
      expect((await house.application.read(created.id)).body).toEqual(body)
    })
  })

  describe('has tokens', () => {
    it('of which it is told all', async () => {
      const username = await house.server.user()
      const device = await house.server.device(username, { numberDigits: 3, otp: { digits: 8, period: 60 } })
      expect(await tokensOf(device)).toEqual([
        {
          id: device.token.id,
          label: 'Northwind',
          username,
          state: 'active',
          unlock: 'none',
          approval: 'standard',
          numberMatching: true,
          numberDigits: 3,
          otp: { digits: 8, period: 60 },
          createdAt: new Date(house.clock.now()).toISOString(),
          lastUsedAt: null,
        },
      ])
      await house.approved(await house.ask({ username, device }))
      expect((await tokensOf(device))[0]).toMatchObject({ lastUsedAt: new Date(house.clock.now()).toISOString() })
    })

    it('which it may call something else', async () => {
      const { device } = await house.person()
      const path = `/device/v1/tokens/${device.token.id}`
      const reply = await device.call<Token>('PATCH', path, { body: { label: 'Work “phone”', colour: 'blue' } })
      expect([said(reply), reply.body.label]).toEqual(['200', 'Work “phone”'])
      expect(await tokensOf(device)).toEqual([reply.body])
      for (const label of [undefined, 7, '', 'a\u202eb', 'x'.repeat(65)])
        expectInvalid(await device.call('PATCH', path, { body: { label } }), '/label')
    })

    it('of its own only', async () => {
      const [{ device }, other] = [await house.person(), await house.person()]
      for (const id of [other.device.token.id, NO_TOKEN, 'x']) {
        expectProblem(await device.call('PATCH', `/device/v1/tokens/${id}`, { body: '{' }), '404 unknown-token')
        expectProblem(await device.call('DELETE', `/device/v1/tokens/${id}`), '404 unknown-token')
      }
      expect(await tokensOf(other.device)).toMatchObject([{ state: 'active', label: 'Northwind' }])
    })

    it('which it may give back, after which they decide nothing', async () => {
      const asked = await house.asked()
      const { device } = asked
      const path = `/device/v1/tokens/${device.token.id}`
      for (let n = 0; n < 2; n++) {
        const reply = await device.call('DELETE', path)
        expect([said(reply), reply.text]).toEqual(['204', ''])
      }
      expectProblem(await device.decide(asked.shown, 'approve', asked.created.number), '403 token-inactive')
      expectProblem(await house.application.create(asked.username), '409 no-token')
      const kept = await house.server.store.read
        .selectFrom('tokens')
        .select(['state', 'totp_key', 'ocra_key'])
        .where('id', '=', device.token.id as never)
        .executeTakeFirst()
      expect(kept).toEqual({ state: 'revoked', totp_key: '', ocra_key: '' })
    })
  })

  describe('subscribes', () => {
    const subscribe = async (changes: Json) => {
      const { device } = await house.person()
      const body = { endpoint: 'https://8.8.8.8/wp/1', expirationTime: null, keys: keys(), ...changes }
      return device.call('PUT', '/device/v1/subscription', { body })
    }
    const keys = () => ({ p256dh: newPoint(), auth: 'A'.repeat(22) })

    it.each([
      ['https://8.8.8.8/wp/1', {}],
      ['https://8.8.8.8:443/wp/1?x=y', { expirationTime: 1_800_000_000_000 }],
      ['https://[2606:4700:4700::1111]/x', { expirationTime: undefined, vapidKey: newPoint() }],
      [`https://8.8.8.8/${'x'.repeat(1008)}`, { colour: 'blue' }],
    ])('at %s', async (endpoint, more) => {
      const reply = await subscribe({ endpoint, ...more })
      expect([said(reply), reply.text]).toEqual(['204', ''])
    })

    it.each([
      'http://8.8.8.8/x',
      'https://user@8.8.8.8/x',
      'https://user:secret@8.8.8.8/x',
      'https://8.8.8.8:8443/x',
      `https://8.8.8.8/${'x'.repeat(1009)}`,
      'https://127.0.0.1/x',
      'https://2130706433/x',
      'https://0x7f.1/x',
      'https://10.1.2.3/x',
      'https://172.16.0.1/x',
      'https://192.168.1.1/x',
      'https://169.254.169.254/latest/meta-data',
      'https://100.64.0.1/x',
      'https://0.0.0.0/x',
      'https://224.0.0.1/x',
      'https://[::1]/x',
      'https://[::]/x',
      'https://[::ffff:10.0.0.1]/x',
      'https://[64:ff9b::a00:1]/x',
      'https://[fe80::1]/x',
      'https://[fd00::1]/x',
      'https://localhost/x',
      'https://app.localhost/x',
      'https://intranet/x',
      'https://db.internal/x',
      'https://printer.local/x',
      'https://router.home.arpa/x',
      'ftp://8.8.8.8/x',
      'nonsense',
      '',
    ])('not at %s', async (endpoint) => {
      expectProblem(await subscribe({ endpoint }), '422 endpoint-not-allowed')
    })

    it.each([
      [{ endpoint: undefined }, '/endpoint'],
      [{ endpoint: 7 }, '/endpoint'],
      [{ keys: undefined }, '/keys'],
      [{ keys: {} }, '/keys/p256dh', '/keys/auth'],
      [{ keys: { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) } }, '/keys/p256dh'],
      [{ keys: { p256dh: newPoint(), auth: 'short' } }, '/keys/auth'],
      [{ expirationTime: 'soon' }, '/expirationTime'],
      [{ vapidKey: 'x' }, '/vapidKey'],
    ])('not with %j', async (changes: Json, ...pointers: string[]) => {
      expectInvalid(await subscribe(changes), ...pointers)
    })
  })

  describe('has a history', () => {
    const history = (device: WireDevice, query = '') =>
      device.call<{ requests: Entry[]; next: string | null }>('GET', `/device/v1/history${query}`)

    it('of what was settled, the newest first, and who decided', async () => {
      const person = await house.person()
      const tablet = await house.server.device(person.username)
      const denied = await house.ask(person)
      await person.device.decide(denied.shown, 'deny')
      await house.clock.advance(1000)
      const { passcode, ...approved } = await house.approved(await house.ask(person))
      await house.application.redeem(approved.created.id, approved.created.secret, passcode)
      await house.clock.advance(1000)
      const expired = await house.ask(person)
      await house.clock.advance(MINUTE)
      await house.ask(person)
      const entry = ({ shown }: { shown: WireShown }, more: Json) => ({
        ...shown,
        reason: null,
        redeemedAt: null,
        ...more,
      })
      const settledAt = expect.stringMatching(/^2026-.*Z$/)
      const { body } = await history(person.device)
      expect(body).toEqual({
        requests: [
          entry(expired, { state: 'expired', settledAt: expired.created.expiresAt, decidedHere: false }),
          entry(approved, { state: 'approved', settledAt, redeemedAt: settledAt, decidedHere: true }),
          entry(denied, { state: 'denied', reason: 'declined', settledAt, decidedHere: true }),
        ],
        next: null,
      })
      const there = (await history(tablet)).body.requests
      expect(there.map(({ id, token, decidedHere }) => [id, token, decidedHere])).toEqual(
        [expired, approved, denied].map(({ created }) => [created.id, tablet.token.id, false]),
      )
    })

    it('of fifty a page', async () => {
      const person = await house.person()
      const ids: string[] = []
      for (let n = 0; n < 101; n++) {
        const { id } = await house.application.ask(person.username)
        await house.application.cancel(id)
        ids.unshift(id)
        if (n % 3 === 0) await house.clock.advance(1)
      }
      const pages: Entry[][] = []
      for (let next: string | null | undefined = ''; next !== null && next !== undefined; ) {
        const { body } = await history(person.device, next && `?before=${encodeURIComponent(next)}`)
        pages.push(body.requests)
        next = body.next
      }
      expect(pages.map(({ length }) => length)).toEqual([50, 50, 1])
      expect(new Set(pages.flat().map(({ id }) => id))).toEqual(new Set(ids))
    })

    it('of no cursor that is not one of its own', async () => {
      const { device } = await house.person()
      for (const before of ['', 'x', '1', `1.${NO_TOKEN}`])
        expectInvalid(await history(device, `?before=${before}`), '/before')
    })

    it('of nobody else', async () => {
      const { device, shown } = await house.asked()
      await device.decide(shown, 'deny')
      expect((await history((await house.person()).device)).body).toEqual({ requests: [], next: null })
    })
  })
})
