// §2: a login request is made, or not: its members, its texts, and who may be asked how often.
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { GENEROUS, limits } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { type WireHouse, wireHouse } from '../support/wire-house.ts'
import { expectInvalid, expectProblem } from '../support/wire-problem.ts'

const MINUTE = 60_000

describe.each(ENGINES)('a login request on %s', (engine) => {
  const house = wireHouse(engine)

  it('for a user that nobody knows is not made', async () => {
    expectProblem(await house.application.create('nobody-at-all'), '404 unknown-user')
  })

  it('for a user without an active token is not made', async () => {
    const username = await house.server.user()
    expectProblem(await house.application.create(username), '409 no-token')
    const device = await house.server.device(username)
    expect(said(await house.application.create(username))).toBe('201')
    await device.call('DELETE', `/device/v1/tokens/${device.token.id}`)
    expectProblem(await house.application.create(username), '409 no-token')
  })

  it('may be for a call that a person is asked about', async () => {
    const { shown } = await house.asked({}, { purpose: 'verify-caller' })
    expect(shown.purpose).toBe('verify-caller')
  })

  it.each([
    [{}, '/username'],
    [{ username: 7 }, '/username'],
    [{ username: null }, '/username'],
    [{ username: '' }, '/username'],
    [{ username: ' \u00a0 ' }, '/username'],
    [{ username: 'x'.repeat(65) }, '/username'],
    [{ username: '\u{1f40c}'.repeat(33) }, '/username'],
    [{ username: 'x', purpose: 'sign-out' }, '/purpose'],
    [{ username: 'x', context: 'here' }, '/context'],
    [{ username: 'x', context: [] }, '/context'],
    [{ username: 'x', context: { ip: 7 } }, '/context/ip'],
    [{ username: 'x', context: { ip: '' } }, '/context/ip'],
    [{ username: 'x', context: { ip: '203.0.113.256' } }, '/context/ip'],
    [{ username: 'x', context: { ip: '203.0.113.7:80' } }, '/context/ip'],
    [{ username: 'x', context: { ip: '203.0.113.0/24' } }, '/context/ip'],
    [{ username: 'x', context: { ip: '010.0.0.1' } }, '/context/ip'],
    [{ username: 'x', context: { ip: 'fe80::1%eth0' } }, '/context/ip'],
    [{ username: 'x', context: { ip: '[2001:db8::1]' } }, '/context/ip'],
    [{ username: 'x', context: { ip: ' 203.0.113.7' } }, '/context/ip'],
    [{ username: 'x', context: { userAgent: 'x'.repeat(513) } }, '/context/userAgent'],
    [{ username: 'x', context: { resource: 'x'.repeat(129) } }, '/context/resource'],
    [{ username: 'x', context: { message: 'x'.repeat(201) } }, '/context/message'],
    [{ username: 'x', context: { message: '\u{1f40c}'.repeat(101) } }, '/context/message'],
  ])('of %j is invalid at %s', async (body, pointer) => {
    expectInvalid(await house.application.call('POST', '/api/v1/login-requests', { body }), pointer)
  })

  it('tells each of its faults by its place', async () => {
    const body = { username: '', purpose: 7, context: { resource: 'x'.repeat(129), message: '\n' } }
    const reply = await house.application.call('POST', '/api/v1/login-requests', { body })
    expectInvalid(reply, '/username', '/purpose', '/context/resource', '/context/message')
  })

  const bad: [string, string][] = [
    ['a null', '\\u0000'],
    ['a line end', '\\n'],
    ['a tab', '\\t'],
    ['DEL', '\\u007f'],
    ['a C1 control', '\\u0085'],
    ['the last C1 control', '\\u009f'],
    ['a line separator', '\\u2028'],
    ['a paragraph separator', '\\u2029'],
    ['a left-to-right mark', '\\u200e'],
    ['a right-to-left mark', '\\u200f'],
    ['an embedding', '\\u202a'],
    ['an override', '\\u202e'],
    ['an isolate', '\\u2066'],
    ['the end of an isolate', '\\u2069'],
    ['half a surrogate pair', '\\ud83d'],
    ['surrogates the wrong way round', '\\udc0c\\ud83d'],
  ]
  it.each(bad)('with %s in a text is invalid', async (_, escaped) => {
    const send = (body: string) =>
      house.application.call('POST', '/api/v1/login-requests', {
        body,
        headers: { 'content-type': 'application/json' },
      })
    expectInvalid(await send(`{"username":"a${escaped}b"}`), '/username')
    for (const name of ['resource', 'message', 'userAgent'])
      expectInvalid(await send(`{"username":"x","context":{"${name}":"a${escaped}b"}}`), `/context/${name}`)
  })

  it('carries every other text unchanged, at its full length', async () => {
    const [resource, message] = ['\u{1f40c}'.repeat(64), `"\\ é e\u0301 \u200b\u200d شركة ${'x'.repeat(180)}`]
    const { shown } = await house.asked({}, { context: { resource, message, userAgent: 'x'.repeat(512) } })
    expect(shown.context).toMatchObject({ resource, message })
  })

  it('finds a user however the name is written, and shows it as it is stored', async () => {
    const username = await house.server.user('Ålice Ⅷ')
    const device = await house.server.device(username)
    for (const typed of ['ålice viii', ' A\u030aLICE VIII ', 'ÅLICE Ⅷ']) {
      const created = await house.application.ask(typed)
      expect((await device.request(created.id)).body.username).toBe('Ålice Ⅷ')
    }
  })

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:0DB8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:DB8::0', '2001:db8::'],
    ['::', '::'],
    ['::FFFF:203.0.113.7', '::ffff:203.0.113.7'],
    ['0:0:0:0:0:ffff:cb00:7107', '::ffff:203.0.113.7'],
  ])('from %s shows %s', async (ip, shownAs) => {
    const { shown } = await house.asked({}, { context: { ip } })
    expect(shown.context).toEqual({ ip: shownAs })
  })

  it('shows an empty context where nothing is known, and an application as it is called', async () => {
    const { shown } = await house.asked({}, { context: { resource: '', message: '', userAgent: '' } })
    expect(shown.context).toEqual({})
    expect(shown.application).toEqual({ id: house.application.id, name: 'Harbour' })
  })

  it('names the client that its user agent tells of', async () => {
    const userAgent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
    const { shown } = await house.asked({}, { context: { userAgent } })
    expect(shown.context).toEqual({ client: 'Firefox on Windows' })
  })

  describe('asks for a number', () => {
    it.each([2, 3, 6] as const)('of %d digits, which no device is told', async (numberDigits) => {
      const { created, shown } = await house.asked({ numberDigits })
      expect(created.number).toMatch(new RegExp(`^\\d{${numberDigits}}$`))
      expect(shown.number).toEqual({ digits: numberDigits })
      expect(JSON.stringify(shown)).not.toContain(`"${created.number}"`)
    })

    it('where none of the tokens wants one, of nobody', async () => {
      const { created, shown } = await house.asked({ numberMatching: false })
      expect([created.number, shown.number]).toEqual([null, null])
    })

    it('where one of the tokens wants one, on all of them, as long as the longest', async () => {
      const { username, device } = await house.person({ numberMatching: false, approval: 'enhanced' })
      await house.server.device(username, { numberDigits: 3 })
      await house.server.device(username, { numberDigits: 6 })
      const { created, shown } = await house.ask({ username, device })
      expect(created.number).toMatch(/^\d{6}$/)
      expect(shown).toMatchObject({ number: { digits: 6 }, approval: 'enhanced' })
    })
  })

  it('shows the same question on every device of the user', async () => {
    const { username, device } = await house.person()
    const tablet = await house.server.device(username, { unlock: 'webauthn' })
    const { created, shown } = await house.ask({ username, device }, { context: { ip: '::1', message: 'Hi' } })
    const there = (await tablet.request(created.id)).body
    expect(there).toEqual({ ...shown, token: tablet.token.id, unlock: 'webauthn' })
    expect(JSON.stringify(there.context)).toBe(JSON.stringify(shown.context))
  })

  describe('is one too many', () => {
    it('as the fourth that waits, until one of them ends; those that wait stay', async () => {
      const person = await house.person()
      const waiting = []
      for (let n = 0; n < 3; n++) {
        waiting.push(await house.ask(person))
        await house.clock.advance(500)
      }
      const refused = await house.application.create(person.username)
      expectProblem(refused, '429 too-many-requests')
      expect(refused.headers['retry-after']).toBe('59')
      expect((await person.device.requests()).map(({ id }) => id)).toEqual(
        waiting.map(({ created }) => created.id).toReversed(),
      )
      await house.application.cancel(waiting[1]?.created.id ?? '')
      expect(said(await house.application.create(person.username))).toBe('201')
    })

    it('as the sixth within a minute; refused ones count for nothing', async () => {
      const person = await house.person()
      for (let n = 0; n < 5; n++) {
        await house.application.cancel((await house.ask(person)).created.id)
        await house.clock.advance(1000)
      }
      const refused = await house.application.create(person.username)
      expectProblem(refused, '429 too-many-requests')
      expect(refused.headers['retry-after']).toBe('55')
      await house.application.create(person.username)
      await house.clock.advance(55_000)
      expect(said(await house.application.create(person.username))).toBe('201')
    })

    it('of ten that come at once, where three may wait', async () => {
      for (let round = 0; round < 10; round++) {
        const person = await house.person()
        const answers = await Promise.all(
          Array.from({ length: 10 }, async () => said(await house.application.create(person.username))),
        )
        expect(answers.toSorted()).toEqual([...Array(3).fill('201'), ...Array(7).fill('429 too-many-requests')])
        expect(await person.device.requests()).toHaveLength(3)
      }
    })

    it('for one user, and not for another', async () => {
      const person = await house.person()
      for (let n = 0; n < 3; n++) await house.ask(person)
      expect(said(await house.application.create(person.username))).toBe('429 too-many-requests')
      await house.asked()
    })
  })

  describe('is not made while push is paused', () => {
    async function paused(username: string): Promise<void> {
      const refused = await house.application.create(username)
      const until = new Date(house.clock.now() + 15 * MINUTE).toISOString()
      expectProblem(refused, '423 push-paused', { until })
      expect(refused.headers['retry-after']).toBe('900')
    }

    it('after three denials in a row', async () => {
      const person = await house.person()
      for (let n = 0; n < 3; n++) await person.device.decide((await house.ask(person)).shown, 'deny')
      await paused(person.username)
      expect((await house.application.verify(person.username, person.device.passcode())).body.valid).toBe(false)
      await house.clock.advance(15 * MINUTE - 1)
      expect(said(await house.application.create(person.username))).toBe('423 push-paused')
      await house.clock.advance(1)
      expect(said(await house.application.create(person.username))).toBe('201')
    })

    it('after five in a row that nobody answered', async () => {
      const person = await house.person()
      for (let n = 0; n < 5; n++) {
        await house.ask(person)
        await house.clock.advance(MINUTE)
      }
      expect(said(await house.application.create(person.username))).toBe('423 push-paused')
    })

    it('but an approval in between makes them begin anew', async () => {
      const person = await house.person()
      for (let n = 0; n < 5; n++) {
        const asked = await house.ask(person)
        if (n === 2) await house.approved(asked)
        else await person.device.decide(asked.shown, 'deny')
        await house.clock.advance(MINUTE)
      }
      expect(said(await house.application.create(person.username))).toBe('201')
    })
  })
})

describe('numbers', () => {
  const house: WireHouse = wireHouse(ENGINES[0] ?? 'sqlite', { env: GENEROUS })

  it('of one user’s pending requests all differ', async () => {
    const { username } = await house.person()
    const numbers = new Set<string | null>()
    for (let n = 0; n < 60; n++) numbers.add((await house.application.ask(username)).number)
    expect(numbers.size).toBe(60)
  })
})

describe('limits of the installation', () => {
  const changed = limits({ requestLifetime: { seconds: 5 }, pendingPerUser: { count: 1 }, pushPause: { seconds: 60 } })
  const house: WireHouse = wireHouse(ENGINES[0] ?? 'sqlite', { env: { ...changed } })

  it('take the place of ours by name, and leave the rest', async () => {
    const asked = await house.asked()
    expect(Date.parse(asked.created.expiresAt) - Date.parse(asked.created.createdAt)).toBe(5000)
    expect(said(await house.application.create(asked.username))).toBe('429 too-many-requests')
    await asked.device.decide(asked.shown, 'report')
    const paused = await house.application.create(asked.username)
    expect([said(paused), paused.headers['retry-after']]).toEqual(['423 push-paused', '60'])
  })
})
