// §2: whoever asked reads the request, waits for it, or listens to its events.
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RequestId } from '../../protocol/ids.ts'
import { expireOverdue } from '../../server/requests/expire.ts'
import { ENGINES } from '../support/engines.ts'
import type { WireRequest } from '../support/wire-application.ts'
import { said } from '../support/wire-call.ts'
import { type Asked, wireHouse } from '../support/wire-house.ts'
import { expectInvalid, expectProblem } from '../support/wire-problem.ts'

const REQUESTS = '/api/v1/login-requests'
const NOWHERE = `req_${'0'.repeat(26)}`

describe.each(ENGINES)('a login request on %s', (engine) => {
  const house = wireHouse(engine)
  let listeners = 0
  beforeAll(() => {
    const { store } = house.server
    const subscribe = store.subscribe.bind(store)
    store.subscribe = (topic, listener) => {
      const end = subscribe(topic, listener)
      listeners += 1
      return () => {
        listeners -= 1
        end()
      }
    }
  })
  // Of thousands a day each would stay for ever.
  afterEach(() => expect.poll(() => listeners, { message: 'nobody is left listening' }).toBe(0))

  const read = ({ created }: Asked, query = '', secret?: string) =>
    house.application.read(created.id, secret === undefined ? { query } : { query, secret })
  /** Started, and long enough under way to wait. */
  async function waiting<T>(seconds: number, start: () => Promise<T>) {
    let isOver = false
    const answer = start().finally(() => {
      isOver = true
    })
    await house.clock.whenWaitingFor(seconds * 1000)
    return { answer, over: () => isOver }
  }

  describe('is read', () => {
    it('without number and secret', async () => {
      const asked = await house.asked()
      const { number: _number, secret: _secret, ...rest } = asked.created
      const reply = await read(asked)
      expect([said(reply), reply.headers['content-type'], reply.body]).toEqual(['200', 'application/json', rest])
    })

    it('with its number by whoever sends the secret', async () => {
      const asked = await house.asked()
      const { secret, ...rest } = asked.created
      expect((await read(asked, '', secret)).body).toEqual(rest)
    })

    it('with a passcode by whoever sends the secret, from the approval until it is redeemed', async () => {
      const { passcode, ...asked } = await house.approved()
      const { number, secret } = asked.created
      const settledAt = new Date(house.clock.now()).toISOString()
      const approved = { ...asked.created, state: 'approved', version: 2, settledAt, passcode }
      const { secret: _secret, ...expected } = approved
      expect((await read(asked, '', secret)).body).toEqual({ ...expected, number })
      expect((await read(asked)).body).not.toHaveProperty('passcode')
      expect((await read(asked)).body).not.toHaveProperty('number')
      await house.application.redeem(asked.created.id, secret, passcode)
      const { body: after } = await read(asked, '', secret)
      expect(after).toMatchObject({ state: 'approved', version: 3, number: null, redeemedAt: settledAt })
      expect(after).not.toHaveProperty('passcode')
    })

    it('by nobody with a wrong secret', async () => {
      const asked = await house.asked()
      for (const secret of ['', 'x', asked.created.secret.slice(0, -1), (await house.asked()).created.secret])
        expectProblem(await read(asked, '', secret), '403 wrong-secret')
    })

    it.each([NOWHERE, 'req_x', 'x', NOWHERE.toUpperCase()])('by nobody as %s', async (id) => {
      expectProblem(await house.application.read(id), '404 unknown-request')
    })

    it('by no other application, whatever it knows', async () => {
      const { created } = await house.asked()
      const other = await house.server.application('Lighthouse')
      expectProblem(await other.read(created.id), '404 unknown-request')
      expectProblem(await other.read(created.id, { secret: created.secret }), '404 unknown-request')
      expectProblem(await other.call('GET', `${REQUESTS}/${created.id}/events`), '404 unknown-request')
      expectProblem(await other.cancel(created.id), '404 unknown-request')
      expectProblem(await other.redeem(created.id, created.secret, '00000000'), '404 unknown-request')
      expect((await house.application.read(created.id)).body.state).toBe('pending')
    })

    it('as expired from the very moment on', async () => {
      const asked = await house.asked()
      await house.clock.advance(59_999)
      expect((await read(asked)).body).toMatchObject({ state: 'pending', version: 1, settledAt: null })
      await house.clock.advance(1)
      const { body } = await read(asked, '', asked.created.secret)
      const settledAt = asked.created.expiresAt
      expect(body).toMatchObject({ state: 'expired', reason: null, version: 2, settledAt, number: null })
    })
  })

  describe('is waited for', () => {
    it.each([
      ['?wait=61', '/wait'],
      ['?wait=-1', '/wait'],
      ['?wait=1.5', '/wait'],
      ['?wait=', '/wait'],
      ['?wait=soon', '/wait'],
      ['?wait=1&since=-1', '/since'],
      ['?since=x', '/since'],
    ])('%s is invalid', async (query, pointer) => {
      expectInvalid(await read(await house.asked(), query), pointer)
    })

    it('but first found, and its secret looked at last', async () => {
      expectProblem(await house.application.read(NOWHERE, { query: '?wait=61' }), '404 unknown-request')
      expectInvalid(await read(await house.asked(), '?wait=61', 'wrong'), '/wait')
    })

    it('for no time at all', async () => {
      const asked = await house.asked()
      expect((await read(asked, '?wait=0&since=1')).body.version).toBe(1)
      for (const since of [9, 2 ** 32, Number.MAX_SAFE_INTEGER])
        expect((await read(asked, `?since=${since}`)).body.version).toBe(1)
    })

    it('not at all where it has changed before', async () => {
      expect((await read(await house.asked(), '?wait=60&since=0')).body.version).toBe(1)
    })

    it('until the end of the wait, to the millisecond', async () => {
      const asked = await house.asked()
      const { answer, over } = await waiting(25, () => read(asked, '?wait=25&since=1'))
      await house.clock.advance(24_999)
      expect(over()).toBe(false)
      await house.clock.advance(1)
      expect((await answer).body).toMatchObject({ state: 'pending', version: 1 })
    })

    it('for 60 seconds at most, in which it expires', async () => {
      const asked = await house.asked()
      const { answer } = await waiting(60, () => read(asked, '?wait=60&since=1'))
      await house.clock.advance(60_000)
      expect((await answer).body).toMatchObject({ state: 'expired', version: 2 })
    })

    it('until the device has answered; without `since`, from its version on', async () => {
      for (const query of ['?wait=60&since=1', '?wait=60']) {
        const asked = await house.asked()
        const { answer } = await waiting(60, () => read(asked, query, asked.created.secret))
        await asked.device.decide(asked.shown, 'approve', asked.created.number)
        const { body } = await answer
        expect(body).toMatchObject({ state: 'approved', version: 2, passcode: expect.stringMatching(/^\d{8}$/) })
      }
    })

    it('until its delivery is told', async () => {
      const asked = await house.asked()
      const { answer } = await waiting(60, () => read(asked, '?wait=60&since=1'))
      expect(said(await asked.device.receipt(asked.created.id))).toBe('204')
      expect((await answer).body).toMatchObject({ state: 'pending', version: 2, delivery: 'shown' })
    })

    it('by nobody once it is final, whatever version they name', async () => {
      const asked = await house.approved()
      expect((await read(asked, '?wait=60&since=99')).body.state).toBe('approved')
    })

    it('by many at once, who all hear of it', async () => {
      const asked = await house.asked()
      const answers = Array.from({ length: 10 }, () => read(asked, '?wait=60&since=1'))
      await house.clock.whenWaitingFor(60_000, 10)
      await asked.device.decide(asked.shown, 'deny')
      for (const { body } of await Promise.all(answers))
        expect(body).toMatchObject({ state: 'denied', reason: 'declined' })
    })
  })

  describe('is listened to', () => {
    it('at once, on each change, and until it is final', async () => {
      const asked = await house.asked()
      await using events = await house.application.events(asked.created.id, asked.created.secret)
      expect([events.status, events.headers['content-type']]).toEqual([200, 'text/event-stream'])
      expect(events.headers['cache-control']).toBe('no-store')
      const { secret: _secret, ...first } = asked.created
      expect(await events.next()).toEqual({ event: 'state', id: '1', data: first })
      await asked.device.receipt(asked.created.id)
      expect(await events.next()).toEqual({
        event: 'state',
        id: '2',
        data: { ...first, version: 2, delivery: 'shown' },
      })
      await asked.device.decide(asked.shown, 'approve', asked.created.number)
      const last = await events.next()
      expect(last).toMatchObject({ event: 'state', id: '3', data: { state: 'approved' } })
      expect(last?.data.passcode).toMatch(/^\d{8}$/)
      expect(await events.next()).toBeUndefined()
    })

    it('from before it is first looked at, so that no change in between is missed', async () => {
      const { created } = await house.asked()
      const { store } = house.server
      const { read: db, subscribe } = store
      const order: string[] = []
      const look = () => {
        order.push('look')
        return db
      }
      Object.defineProperty(store, 'read', { configurable: true, get: look })
      store.subscribe = (topic, listener) => {
        if (topic === `request:${created.id}`) order.push('listen')
        return subscribe(topic, listener)
      }
      try {
        await using events = await house.application.events(created.id, created.secret)
        await events.next()
      } finally {
        Object.defineProperty(store, 'read', { configurable: true, writable: true, enumerable: true, value: db })
        store.subscribe = subscribe
      }
      expect(order).toContain('listen')
      expect(order.indexOf('listen')).toBeLessThan(order.lastIndexOf('look'))
    })

    it('without number and passcode by whoever sends no secret', async () => {
      const asked = await house.asked()
      await using events = await house.application.events(asked.created.id)
      expect((await events.next())?.data).not.toHaveProperty('number')
      await house.approved(asked)
      const data = (await events.next())?.data as WireRequest
      expect([data.state, 'passcode' in data, 'number' in data]).toEqual(['approved', false, false])
    })

    it('with a comment every 15 seconds, and its expiry to the millisecond', async () => {
      const asked = await house.asked()
      await using events = await house.application.events(asked.created.id)
      await events.next()
      for (let n = 0; n < 3; n++) {
        await house.clock.whenWaitingFor(15_000)
        await house.clock.advance(15_000)
        expect(await events.nextBlock()).toMatch(/^:/)
      }
      await house.clock.whenWaitingFor(15_000)
      await house.clock.advance(14_999)
      expect((await read(asked)).body.state).toBe('pending')
      await house.clock.advance(1)
      expect((await events.next())?.data).toMatchObject({ state: 'expired', version: 2 })
      expect(await events.next()).toBeUndefined()
    })

    it('once where it is final', async () => {
      const asked = await house.approved()
      await using events = await house.application.events(asked.created.id)
      expect((await events.next())?.data.state).toBe('approved')
      expect(await events.next()).toBeUndefined()
    })

    it('by nobody with a wrong secret, or where there is none', async () => {
      const { created } = await house.asked()
      const headers = { 'x-request-secret': 'wrong' }
      const events = (id: string) => house.application.call('GET', `${REQUESTS}/${id}/events`, { headers })
      expectProblem(await events(created.id), '403 wrong-secret')
      expectProblem(await events(NOWHERE), '404 unknown-request')
    })
  })

  it('that can’t be written down as expired keeps no other from it, and no passcode from being erased', async () => {
    const { parts } = house.server.running
    const rowOf = ({ created }: Asked) =>
      parts.store.read
        .selectFrom('login_requests')
        .selectAll()
        .where('id', '=', created.id as RequestId)
        .executeTakeFirstOrThrow()
    const [bad, good, approved] = [await house.asked(), await house.asked(), await house.approved()]
    expect((await rowOf(approved)).passcode).not.toBeNull()
    const { user_id: whose } = await rowOf(bad)
    const of: typeof parts.policies.of = (who) =>
      who.user === whose ? Promise.reject(new Error('broken')) : parts.policies.of(who)
    const clock = { ...parts.clock, now: () => house.clock.now() + 600_000 }
    await expect(expireOverdue({ ...parts, clock, policies: { ...parts.policies, of } })).rejects.toThrow('broken')
    expect([(await rowOf(bad)).state, (await rowOf(good)).state]).toEqual(['pending', 'expired'])
    expect((await rowOf(approved)).passcode).toBeNull()
  })

  describe('is cancelled', () => {
    it('once, and its device no longer shows it', async () => {
      const { created, device } = await house.asked()
      const reply = await house.application.cancel(created.id)
      expect([said(reply), reply.text]).toEqual(['204', ''])
      const { body } = await house.application.read(created.id, { secret: created.secret })
      expect(body).toMatchObject({ state: 'cancelled', reason: null, version: 2, number: null })
      expect(body.settledAt).not.toBeNull()
      expect(await device.requests()).toEqual([])
      const again = await house.application.cancel(created.id)
      expectProblem(again, '409 already-settled', { state: 'cancelled', reason: null })
    })

    it('not after its end', async () => {
      const denied = await house.asked()
      await denied.device.decide(denied.shown, 'deny')
      const refused = await house.application.cancel(denied.created.id)
      expectProblem(refused, '409 already-settled', { state: 'denied', reason: 'declined' })
      const late = await house.asked()
      await house.clock.advance(60_000)
      const expired = await house.application.cancel(late.created.id)
      expectProblem(expired, '409 already-settled', { state: 'expired', reason: null })
    })
  })
})
