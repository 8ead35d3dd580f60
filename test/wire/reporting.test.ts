// §6: 'It wasn’t me!': what ends, what stays, and who hears of it.
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { expectProblem } from '../support/wire-problem.ts'

const WINDOW = 10 * 60_000
const NOT_ME = { state: 'denied', reason: 'not_me' }

describe.each(ENGINES)('a report on %s', (engine) => {
  const house = wireHouse(engine)
  const stateOf = async (id: string) => (await house.application.read(id)).body
  const eventsOf = async (request: string) => {
    const events = await house.server.store.read.selectFrom('security_events').selectAll().execute()
    return events
      .map(({ kind, detail }) => ({ kind, detail: JSON.parse(detail) as Record<string, unknown> }))
      .filter(({ detail }) => detail.request === request)
  }

  it('denies all that is pending for that user, from whichever application', async () => {
    const person = await house.person()
    const other = await house.server.application('Lighthouse')
    const [first, second] = [await house.ask(person), await house.ask(person)]
    const third = await other.ask(person.username)
    const stranger = await house.asked()
    const reply = await person.device.decide(second.shown, 'report')
    expect([said(reply), reply.body]).toEqual(['200', NOT_ME])
    for (const { created } of [first, second])
      expect(await stateOf(created.id)).toMatchObject({ ...NOT_ME, version: 2 })
    expect((await other.read(third.id)).body).toMatchObject(NOT_ME)
    expect(await person.device.requests()).toEqual([])
    expect(await stateOf(stranger.created.id)).toMatchObject({ state: 'pending' })
    const [raised] = await eventsOf(second.created.id)
    expect(raised).toMatchObject({ kind: 'report', detail: { redeemed: false, device: person.device.id } })
    const ids = [first.created.id, second.created.id, third.id]
    expect(new Set(raised?.detail.stopped as string[])).toEqual(new Set(ids))
  })

  it('by a token that is suspended ends the one request alone, and counts for nothing', async () => {
    const { username, device } = await house.person()
    const spare = await house.server.device(username)
    const first = await house.ask({ username, device: spare })
    const { body: seen } = await device.request(first.created.id)
    const approved = await house.approved(first)
    const asked = [await house.ask({ username, device }), await house.ask({ username, device })]
    const waits = await house.ask({ username, device })
    await house.server.store.write((tx) =>
      tx
        .updateTable('tokens')
        .set({ state: 'suspended' })
        .where('id', '=', device.token.id as never)
        .execute(),
    )
    expect((await device.decide(seen, 'report')).body).toEqual({ state: 'approved', reason: null })
    for (const { shown, created } of asked) {
      expect((await device.decide(shown, 'report')).body).toEqual(NOT_ME)
      expect(await stateOf(created.id)).toMatchObject(NOT_ME)
      expect(await eventsOf(created.id)).toEqual([])
    }
    expect(await stateOf(waits.created.id)).toMatchObject({ state: 'pending' })
    expect((await device.decide(waits.shown, 'deny')).body).toEqual({ state: 'denied', reason: 'declined' })
    const { created, passcode } = approved
    expect(said(await house.application.redeem(created.id, created.secret, passcode))).toBe('200')
    // Three that were refused by another would have paused push.
    expect((await house.application.ask(username)).id).toMatch(/^req_/)
  })

  it('leaves nothing pending that was asked at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      const asked = await house.asked()
      const others = Array.from({ length: 4 }, () => house.application.create(asked.username))
      const reply = asked.device.decide(asked.shown, 'report')
      await Promise.all([reply, ...others])
      expect((await reply).body).toEqual(NOT_ME)
      expect(await asked.device.requests()).toEqual([])
    }
  })

  it('pauses push until the pause ends', async () => {
    const asked = await house.asked()
    await asked.device.decide(asked.shown, 'report')
    const refused = await house.application.create(asked.username)
    const until = new Date(house.clock.now() + 900_000).toISOString()
    expectProblem(refused, '423 push-paused', { until })
    expect(refused.headers['retry-after']).toBe('900')
    // Webhooks tell it in the same words as every answer.
    const raised = house.server.store.read.selectFrom('audit').select('detail').where('kind', '=', 'push-paused')
    const { detail } = await raised.orderBy('seq', 'desc').executeTakeFirstOrThrow()
    expect(JSON.parse(detail)).toMatchObject({ until })
    await house.clock.jump(900_000)
    expect(said(await house.application.create(asked.username))).toBe('201')
  })

  it('undoes an approval that was not redeemed', async () => {
    const { passcode, ...asked } = await house.approved()
    expect((await asked.device.decide(asked.shown, 'report')).body).toEqual(NOT_ME)
    expect(await stateOf(asked.created.id)).toMatchObject({ ...NOT_ME, redeemedAt: null, version: 3 })
    const { id, secret } = asked.created
    expectProblem(await house.application.redeem(id, secret, passcode), '409 not-approved')
    const { body } = await house.application.read(id, { secret })
    expect([body.number, 'passcode' in body]).toEqual([null, false])
    expect((await eventsOf(id)).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['report', 'approved-by-mistake']),
    )
  })

  it('of another request undoes an approval that was not redeemed, too', async () => {
    const person = await house.person()
    const { passcode, ...approved } = await house.approved(await house.ask(person))
    const other = await house.ask(person)
    expect((await person.device.decide(other.shown, 'report')).body).toEqual(NOT_ME)
    expect(await stateOf(approved.created.id)).toMatchObject(NOT_ME)
    const { id, secret } = approved.created
    expectProblem(await house.application.redeem(id, secret, passcode), '409 not-approved')
  })

  it('of one that was redeemed leaves it, and says so to those who must know', async () => {
    const { passcode, ...asked } = await house.approved()
    await house.application.redeem(asked.created.id, asked.created.secret, passcode)
    expect((await asked.device.decide(asked.shown, 'report')).body).toEqual({ state: 'approved', reason: null })
    const raised = await eventsOf(asked.created.id)
    expect(raised.map(({ detail }) => detail.redeemed)).toEqual([true, true])
    expect(said(await house.application.create(asked.username))).toBe('423 push-paused')
  })

  it('by another device of the user counts as much as by the one that approved', async () => {
    const { username, device } = await house.person()
    const tablet = await house.server.device(username)
    const asked = await house.ask({ username, device })
    const { body: there } = await tablet.request(asked.created.id)
    await house.approved(asked)
    expect((await tablet.decide(there, 'report')).body).toEqual(NOT_ME)
    expect((await eventsOf(asked.created.id)).map(({ kind }) => kind)).toEqual(['report'])
  })

  it('is taken for ten minutes after the end, to the millisecond', async () => {
    const denied = await house.asked()
    await denied.device.decide(denied.shown, 'deny')
    const expired = await house.asked()
    await house.clock.advance(60_000)
    await house.clock.jump(WINDOW - 60_000)
    const inTime = await denied.device.decide(denied.shown, 'report')
    expect([said(inTime), inTime.body]).toEqual(['200', { state: 'denied', reason: 'declined' }])
    await house.clock.jump(60_000)
    const late = await expired.device.decide(expired.shown, 'report')
    expect([said(late), late.body]).toEqual(['200', { state: 'expired', reason: null }])
    await house.clock.jump(1)
    expectProblem(await expired.device.decide(expired.shown, 'report'), '410 expired')
    const settled = { state: 'denied', reason: 'declined' }
    expectProblem(await denied.device.decide(denied.shown, 'report'), '409 already-settled', settled)
  })

  it('of a request that was cancelled tells what it is', async () => {
    const asked = await house.asked()
    await house.application.cancel(asked.created.id)
    expect((await asked.device.decide(asked.shown, 'report')).body).toEqual({ state: 'cancelled', reason: null })
    expect(said(await house.application.create(asked.username))).toBe('423 push-paused')
  })

  it('sent twice is one report', async () => {
    const { device, shown, created } = await house.asked()
    const jws = device.signed(device.statement(shown, 'report'))
    const answers = await Promise.all([device.send(jws), device.send(jws)])
    expect(answers.map(({ body }) => body)).toEqual([NOT_ME, NOT_ME])
    expect(await eventsOf(created.id)).toHaveLength(1)
  })
})

describe.each(ENGINES)('wrong passcodes at approval, on %s', (engine) => {
  const house = wireHouse(engine)

  it.each([
    [true, 'wrong_number'],
    [false, 'wrong_passcode'],
  ])('counted over all devices, the third ends the request (number: %s)', async (numberMatching, reason) => {
    const { username, device } = await house.person({ numberMatching })
    const tablet = await house.server.device(username, { numberMatching })
    const { created, shown } = await house.ask({ username, device })
    const { body: there } = await tablet.request(created.id)
    const wrong = { passcode: '00000000' }
    const tries = [
      () => device.decide(shown, 'approve', created.number, wrong),
      () => tablet.decide(there, 'approve', created.number, wrong),
      () => device.decide(shown, 'approve', numberMatching ? '000' : null, { binding: 'x'.repeat(43) }),
    ]
    for (const [n, attempt] of tries.entries())
      expectProblem(await attempt(), '403 wrong-passcode', { triesLeft: 2 - n })
    const ended = { state: 'denied', reason }
    expect((await house.application.read(created.id)).body).toMatchObject({ ...ended, version: 4 })
    expectProblem(await tablet.decide(there, 'approve', created.number), '409 already-settled', ended)
  })

  it('by a wrong number are wrong passcodes, and the right one still wins', async () => {
    const asked = await house.asked()
    const other = asked.created.number === '00' ? '01' : '00'
    expectProblem(await asked.device.decide(asked.shown, 'approve', other), '403 wrong-passcode', { triesLeft: 2 })
    expectProblem(await asked.device.decide(asked.shown, 'approve', null), '403 wrong-passcode', { triesLeft: 1 })
    await house.approved(asked)
  })

  it('sent again is told the same and counts once', async () => {
    const { device, shown, created } = await house.asked()
    const jws = device.signed({ ...device.statement(shown, 'approve', created.number), passcode: '00000000' })
    for (let n = 0; n < 5; n++) expectProblem(await device.send(jws), '403 wrong-passcode', { triesLeft: 2 })
  })
})
