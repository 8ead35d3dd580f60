// §7: what reaches a device's push service, byte by byte, and what comes of it when that service has a bad day.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import type { PushFault } from '../support/push-fault.ts'
import { said } from '../support/wire-call.ts'
import { type PushText, pushHouse, type Subscribed } from '../support/wire-pushes.ts'

const TEXT = expect.stringMatching(/./)
const topicOf = (id: string) => createHash('sha256').update(id).digest('base64url').slice(0, 32)

describe.each(ENGINES)('a push on %s', (engine) => {
  const pushes = pushHouse(engine)
  const { house } = pushes
  const delivery = async (id: string) => (await house.application.read(id)).body.delivery
  /** What every push says about a request, beside its words. */
  const about = (id: string, kind: string, badge: number): Omit<PushText, 'countersign'> => ({
    web_push: 8030,
    mutable: true,
    app_badge: badge,
    notification: {
      title: TEXT,
      body: expect.any(String),
      navigate: `${house.server.appWire.origin}/requests/${id}`,
      tag: id,
      lang: 'en',
      dir: 'auto',
      silent: false,
      mutable: true,
      app_badge: badge,
      data: { v: 1, kind, id },
    },
  })

  it('of a login request says all that the device can read of it', async () => {
    const of = await pushes.subscribed()
    const context = { ip: '203.0.113.7', message: 'Invoices' }
    const asked = await house.ask(of, { context })
    expect(asked.created.delivery).toBe('queued')
    const { message, text } = await pushes.next(of)
    expect(text).toEqual({
      ...about(asked.created.id, 'login-request', 1),
      countersign: { v: 1, kind: 'login-request', request: asked.shown },
    })
    expect(message).toMatchObject({ ttl: 60, urgency: 'high', topic: topicOf(asked.created.id) })
    expect(message.headers['content-encoding']).toBe('aes128gcm')
    expect(Buffer.byteLength(message.plaintext ?? '')).toBeLessThanOrEqual(3993)
    const { aud, sub, exp } = message.claims ?? { aud: '', sub: '', exp: 0 }
    expect(aud).toBe(pushes.service.origin)
    expect(sub).toMatch(/^(mailto:|https:\/\/)/)
    expect(exp * 1000 - house.clock.now()).toBeLessThanOrEqual(24 * 3600 * 1000)
    await expect.poll(() => delivery(asked.created.id)).toBe('sent')
  })

  it('counts what waits on that device, and says how long it is worth sending', async () => {
    const of = await pushes.subscribed()
    await house.ask(of)
    await pushes.next(of)
    await house.clock.advance(1500)
    const other = await house.server.application('Lighthouse')
    const { id } = await other.ask(of.username)
    const { text } = await pushes.next(of)
    expect(text).toMatchObject(about(id, 'login-request', 2))
  })

  it('fits, however long the names and texts are', async () => {
    const username = await house.server.user('\u{4e00}'.repeat(60))
    const of = await pushes.another(username)
    const application = await house.server.application('"'.repeat(64))
    const context = {
      resource: '"'.repeat(128),
      message: '\u{4e00}'.repeat(200),
      ip: '2001:db8:1111:2222:3333:4444:5555:6666',
    }
    await application.ask(username, { context })
    expect((await pushes.next(of)).text.countersign.request?.context).toEqual(context)
  })

  it('goes to each device of the user, and says which token is meant', async () => {
    const of = await pushes.subscribed()
    const tablet = await pushes.another(of.username, { unlock: 'webauthn' })
    await house.ask(of)
    for (const one of [of, tablet])
      expect((await pushes.next(one)).text.countersign.request).toMatchObject({ token: one.device.token.id })
  })

  it('is told as shown when the device says so, and once', async () => {
    const of = await pushes.subscribed()
    const { created } = await house.ask(of)
    await pushes.next(of)
    await expect.poll(() => delivery(created.id)).toBe('sent')
    const { version } = (await house.application.read(created.id)).body
    expect(said(await of.device.receipt(created.id))).toBe('204')
    expect((await house.application.read(created.id)).body).toMatchObject({ delivery: 'shown', version: version + 1 })
    expect(said(await of.device.receipt(created.id, 'opened'))).toBe('204')
    expect((await house.application.read(created.id)).body.version).toBe(version + 1)
  })

  it('that is taken back rang all the same: five of them pause what comes next', async () => {
    const of = await pushes.subscribed()
    for (let n = 0; n < 5; n++) {
      await house.application.cancel((await house.ask(of)).created.id)
      await house.clock.advance(30_000)
    }
    expect(said(await house.application.create(of.username))).toBe('423 push-paused')
  })

  it('is not made where no device has subscribed, and the request is made all the same', async () => {
    const { created, device } = await house.asked()
    expect([created.delivery, (await device.requests()).length]).toEqual(['none', 1])
    await device.receipt(created.id)
    expect(await delivery(created.id)).toBe('shown')
  })

  describe('that a request is settled', () => {
    const kinds = async (of: Subscribed) => (await pushes.all(of)).map(({ text }) => text.countersign.kind)

    it('goes to the user’s other devices only, in the place of what they show', async () => {
      const of = await pushes.subscribed()
      const tablet = await pushes.another(of.username)
      const asked = await house.ask(of)
      await pushes.next(of)
      await pushes.next(tablet)
      for (const one of [of, tablet]) expect(await pushes.all(one)).toHaveLength(1)
      await house.clock.advance(30_000)
      await house.approved(asked)
      const { message, text } = await pushes.next(tablet)
      expect(text).toEqual({
        ...about(asked.created.id, 'settled', 0),
        countersign: { v: 1, kind: 'settled', request: { id: asked.created.id, state: 'approved' } },
      })
      expect(message).toMatchObject({ topic: topicOf(asked.created.id), urgency: 'high' })
      expect(message.ttl).toBeGreaterThanOrEqual(60)
      expect(await kinds(of)).toEqual(['login-request'])
    })

    it('goes to all that were sent it where none of them settled it', async () => {
      const of = await pushes.subscribed()
      const cancelled = await house.ask(of)
      await pushes.next(of)
      const later = await pushes.another(of.username)
      await house.application.cancel(cancelled.created.id)
      const { text } = await pushes.next(of)
      expect(text.countersign.request).toEqual({ id: cancelled.created.id, state: 'cancelled' })
      expect(await kinds(later)).toEqual([])
    })

    it('is told of expiry too', async () => {
      const of = await pushes.subscribed()
      const { created } = await house.ask(of)
      await pushes.next(of)
      await house.clock.advance(60_000)
      // It is written down once a second.
      const afterASecond = async () => {
        await house.clock.advance(1000)
        return (await pushes.all(of)).at(-1)?.text.countersign.request
      }
      await expect.poll(afterASecond).toEqual({ id: created.id, state: 'expired' })
    })
  })

  describe('to try', () => {
    it('is harmless, and about no request', async () => {
      const of = await pushes.subscribed()
      const reply = await of.device.call('POST', '/device/v1/push-test')
      expect([said(reply), reply.text]).toEqual(['202', ''])
      const { message, text } = await pushes.next(of)
      expect(text.countersign).toEqual({ v: 1, kind: 'test' })
      expect(text.notification.data).toEqual({ v: 1, kind: 'test', id: 'test' })
      expect(message).toMatchObject({ ttl: 60, urgency: 'high', topic: undefined })
    })

    it('is sent ten times a minute at most', async () => {
      const { device } = await pushes.subscribed()
      const test = () => device.call('POST', '/device/v1/push-test')
      for (let sent = 0; sent < 10; sent++) expect(said(await test())).toBe('202')
      expect(said(await test())).toBe('429 too-many-requests')
      await house.clock.jump(60_000)
      expect(said(await test())).toBe('202')
    })

    it('needs a subscription', async () => {
      const of = await pushes.subscribed()
      expect(said(await of.device.call('DELETE', '/device/v1/subscription'))).toBe('204')
      expect(said(await of.device.call('DELETE', '/device/v1/subscription'))).toBe('204')
      expect(said(await of.device.call('POST', '/device/v1/push-test'))).toBe('409 no-subscription')
      expect((await house.ask(of)).created.delivery).toBe('none')
    })
  })

  it('goes where the device subscribed last', async () => {
    const of = await pushes.subscribed()
    const newer = { ...of, subscription: pushes.service.createSubscription() }
    await of.device.subscribe(newer.subscription)
    await house.ask(of)
    await pushes.next(newer)
    expect(await pushes.all(of)).toEqual([])
  })

  describe('to a service that', () => {
    const outcomes = ({ subscription }: Subscribed) =>
      pushes.service.attempts.filter(({ endpoint }) => endpoint === subscription.endpoint).map(({ outcome }) => outcome)
    const play = ({ subscription: { endpoint } }: Subscribed, ...faults: PushFault[]) =>
      pushes.service.faults.push(...faults.map((fault) => ({ ...fault, endpoint })))
    const isSubscribed = async ({ device }: Subscribed) =>
      said(await device.call('POST', '/device/v1/push-test')) === '202'

    it.each([
      ['is broken', { status: 500 }, 500],
      ['is not there for a moment', { status: 503 }, 503],
      ['breaks the connection', { reset: true }, 'reset'],
    ] as [string, PushFault, number | string][])('%s is sent again, and reaches it', async (_, fault, outcome) => {
      const of = await pushes.subscribed()
      play(of, fault, fault)
      const { created } = await house.ask(of)
      await pushes.untilDue(of)
      await pushes.untilDue(of)
      const { message } = await pushes.next(of)
      await expect.poll(() => outcomes(of)).toEqual([outcome, outcome, 201])
      expect(message.ttl).toBe(Math.floor((Date.parse(created.expiresAt) - house.clock.now()) / 1000))
      expect(message.ttl).toBeLessThan(60)
      await expect.poll(() => delivery(created.id)).toBe('sent')
    })

    it('asks for time gets it', async () => {
      const of = await pushes.subscribed()
      play(of, { status: 429, headers: { 'retry-after': '27' } })
      const start = house.clock.now()
      const { created } = await house.ask(of)
      await pushes.untilDue(of)
      expect(house.clock.now() - start).toBe(27_000)
      expect((await pushes.next(of)).message.ttl).toBe(33)
      await expect.poll(() => outcomes(of)).toEqual([429, 201])
      await expect.poll(() => delivery(created.id)).toBe('sent')
    })

    it('asks for more time than the request has gets none, and whoever waits is told', async () => {
      const of = await pushes.subscribed()
      play(of, { status: 429, headers: { 'retry-after': '61' } })
      const { created } = await house.ask(of)
      await expect.poll(() => delivery(created.id)).toBe('failed')
      await expect.poll(() => outcomes(of)).toEqual([429])
      await of.device.receipt(created.id, 'opened')
      expect(await delivery(created.id)).toBe('shown')
    })

    it('never answers is given up after ten seconds and tried again', async () => {
      const of = await pushes.subscribed()
      play(of, { hang: true })
      await house.ask(of)
      await pushes.service.nextAttempt(({ endpoint }) => endpoint === of.subscription.endpoint)
      await house.clock.advance(10_000)
      await pushes.untilDue(of)
      await pushes.next(of)
      await expect.poll(() => outcomes(of)).toEqual(['hung', 201])
    })

    it.each([404, 410])('answers %d is never asked again for that subscription', async (status) => {
      const of = await pushes.subscribed()
      play(of, { status })
      const { created } = await house.ask(of)
      await expect.poll(() => delivery(created.id)).toBe('failed')
      expect(await isSubscribed(of)).toBe(false)
      expect((await house.ask(of)).created.delivery).toBe('none')
      await expect.poll(() => outcomes(of)).toEqual([status])
    })

    it.each([400, 401, 403, 413])(
      'answers %d is not asked again for that push, and the subscription stays',
      async (status) => {
        const of = await pushes.subscribed()
        play(of, { status })
        const { created } = await house.ask(of)
        await expect.poll(() => delivery(created.id)).toBe('failed')
        await expect.poll(() => outcomes(of)).toEqual([status])
        expect(await isSubscribed(of)).toBe(true)
      },
    )

    it('sends elsewhere is not followed', async () => {
      const [of, other] = [await pushes.subscribed(), await pushes.subscribed()]
      play(of, { status: 307, headers: { location: other.subscription.endpoint } })
      const { created } = await house.ask(of)
      await expect.poll(() => delivery(created.id)).toBe('failed')
      expect(await pushes.all(other)).toEqual([])
    })

    it('is slow holds nobody else up', async () => {
      const of = await pushes.subscribed()
      const tablet = await pushes.another(of.username)
      play(of, { hang: true })
      const { created } = await house.ask(of)
      await pushes.next(tablet)
      await expect.poll(() => delivery(created.id)).toBe('sent')
    })
  })

  it('that reached one device’s service of two has not failed, until the other has', async () => {
    const of = await pushes.subscribed()
    const tablet = await pushes.another(of.username)
    const { endpoint } = of.subscription
    pushes.service.faults.push({ status: 410, endpoint: tablet.subscription.endpoint })
    pushes.service.faults.push({ hang: true, endpoint }, { status: 410, endpoint })
    const begun = pushes.service.nextAttempt((attempt) => attempt.endpoint === endpoint)
    const { created } = await house.ask(of)
    // In the transaction that drops a subscription it is said too where nobody was reached.
    const config = () => tablet.device.call('GET', '/device/v1/config?with=subscribed')
    await expect.poll(async () => (await config()).body.subscribed).toBe(false)
    expect(await delivery(created.id)).toBe('queued')
    await begun
    await house.clock.advance(10_000)
    await pushes.untilDue(of)
    await expect.poll(() => delivery(created.id)).toBe('failed')
  })

  it('that failed is not sent again for a request that was settled in between', async () => {
    const of = await pushes.subscribed()
    pushes.service.faults.push({ status: 500, endpoint: of.subscription.endpoint })
    const asked = await house.ask(of)
    await pushes.service.nextAttempt(({ endpoint }) => endpoint === of.subscription.endpoint)
    await house.approved(asked)
    await pushes.untilDue(of)
    expect(await pushes.all(of)).toEqual([])
  })
})

describe.each(ENGINES)('a push whose endpoint resolves to the inside, on %s', (engine) => {
  const resolved: string[][] = []
  const pushes = pushHouse(engine, { lookup: async () => resolved.shift() ?? ['10.0.0.7'] })
  const { house } = pushes
  const subscribe = async (of: Subscribed, endpoint: string) =>
    said(await of.device.subscribe({ ...of.subscription, endpoint }))

  it('is refused when the device names it', async () => {
    const of = await pushes.subscribed()
    for (const inside of [['10.0.0.7'], ['93.184.215.14', '127.0.0.1'], ['::1'], ['::ffff:192.168.0.1'], ['fd00::1']]) {
      resolved.push(inside)
      expect(await subscribe(of, 'https://push.example.com/x')).toBe('422 endpoint-not-allowed')
    }
    expect(resolved).toEqual([])
  })

  it('is not sent where its name was public when the device named it', async () => {
    const of = await pushes.subscribed()
    resolved.push(['93.184.215.14'])
    expect(await subscribe(of, 'https://rebinding.example.com/x')).toBe('204')
    const { created } = await house.ask(of)
    await expect.poll(async () => (await house.application.read(created.id)).body.delivery).toBe('failed')
    expect(pushes.service.attempts).toEqual([])
    expect(house.server.lines.join('')).toContain('the address is not public')
  })
})
