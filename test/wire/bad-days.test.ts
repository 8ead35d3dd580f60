// What must hold when things go wrong on the server’s side: answers that cross, processes that die.
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { GENEROUS, newHouse, startServer, type TestServer } from '../support/server.ts'
import { WireApplication } from '../support/wire-application.ts'
import { call, said } from '../support/wire-call.ts'
import { WireDevice } from '../support/wire-device.ts'
import { countersign, ServerProcess } from '../support/wire-process.ts'

const ROUNDS = 100
/** So many at once. */
const WIDTH = 10

describe.each(ENGINES)('on %s', (engine) => {
  /** Two processes' worth of server on one store where the engine allows it, else one. */
  async function servers(house: Awaited<ReturnType<typeof newHouse>>): Promise<[TestServer, TestServer]> {
    const first = await startServer(engine, { house, env: GENEROUS })
    if (engine === 'sqlite') return [first, first]
    return [first, await startServer(engine, { house, env: { ...GENEROUS, COUNTERSIGN_URL: first.wire.origin } })]
  }

  it('a server that can do no more tells who asks when to come back, and still takes what people decide', async () => {
    await using house = await newHouse(engine)
    const port = String(await freePort())
    const env = { ...GENEROUS, COUNTERSIGN_URL: `http://localhost:${port}`, PORT: port }
    const before = await startServer(engine, { house, env })
    const application = await before.application()
    const device = await before.device(await before.user('alice'))
    const { id, number } = await application.ask('alice')
    const { id: other } = await application.ask('alice')
    await before.close()
    await using full = await startServer(engine, { house, env, mostUnderWay: { creating: 0, deciding: 1, waiting: 1 } })
    const refused = await application.create('alice')
    expect([said(refused), refused.headers['retry-after']]).toEqual(['503 unavailable', '1'])
    const listening = await application.events(id)
    const late = await application.call('GET', `/api/v1/login-requests/${other}/events`)
    expect([said(late), late.headers['retry-after']]).toEqual(['503 unavailable', '1'])
    expect(said(await device.call('GET', '/device/v1/events'))).toBe('503 unavailable')
    expect(said(await application.read(id, { query: '?wait=25' }))).toBe('503 unavailable')
    expect(said(await device.decide((await device.request(id)).body, 'approve', number))).toBe('200')
    // Whoever has no need to wait is told; and whoever has been told makes room.
    expect((await application.read(id, { query: '?wait=25&since=1' })).body.state).toBe('approved')
    await listening.ended()
    await using next = await application.events(other)
    expect((await next.next())?.data.state).toBe('pending')
    expect(full.lines.filter((line) => line.includes('told to come back'))).toHaveLength(2)
  })

  it('approval and denial that cross settle a request once, a hundred times, and both are told the same', async () => {
    await using house = await newHouse(engine)
    const [first, second] = await servers(house)
    const application = await first.application()
    const elsewhere = first.applicationAt(second, application)
    const outcomes = new Map<string, number>()

    async function round(n: number, [phone, tablet]: readonly [WireDevice, WireDevice], username: string) {
      const { id, secret, number } = await application.ask(username)
      const [here, there] = [(await phone.request(id)).body, (await tablet.request(id)).body]
      const atSecond = new WireDevice({ ...second.appWire, origin: first.appWire.origin })
      const verdicts = [
        () => phone.decide(here, 'approve', number),
        () => atSecond.send(tablet.signed(tablet.statement(there, 'deny'))),
      ]
      const answers = await Promise.all((n % 2 ? verdicts : verdicts.toReversed()).map((decide) => decide()))
      const won = answers.find((answer) => said(answer) === '200')
      const lost = answers.find((answer) => answer !== won)
      if (!won || !lost) throw new Error(`nobody won: ${answers.map(said)}`)
      const { state, reason } = won.body
      expect(said(lost)).toBe('409 already-settled')
      expect(lost.body).toMatchObject({ state, reason })
      for (const way of [application, elsewhere]) {
        const { body } = await way.read(id, { secret })
        expect(body).toMatchObject({ state, reason, version: 2 })
        expect('passcode' in body).toBe(state === 'approved')
      }
      outcomes.set(state, (outcomes.get(state) ?? 0) + 1)
    }

    await Promise.all(
      Array.from({ length: WIDTH }, async (_, lane) => {
        for (let n = lane; n < ROUNDS; n += WIDTH) {
          // Somebody new each time: three denials in a row would pause push.
          const username = await first.user()
          await round(n, [await first.device(username), await first.device(username)], username)
        }
      }),
    )
    const evidence = await first.store.read.selectFrom('decisions').selectAll().execute()
    expect(evidence).toHaveLength(ROUNDS)
    expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(ROUNDS)
    await first.close()
    await second.close()
  })

  it('one decision sent to both at once is one decision', async () => {
    await using house = await newHouse(engine)
    const [first, second] = await servers(house)
    const application = await first.application()
    for (const verdict of ['approve', 'deny', 'report'] as const) {
      const username = await first.user()
      const device = await first.device(username)
      const { id, number } = await application.ask(username)
      const jws = device.signed(device.statement((await device.request(id)).body, verdict, number))
      const ways = [device, new WireDevice({ ...second.appWire, origin: first.appWire.origin })]
      const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => (ways[n % 2] ?? device).send(jws)))
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
      expect(new Set(answers.map(said))).toEqual(new Set(['200']))
      expect((await application.read(id)).body.version).toBe(2)
    }
    await first.close()
    await second.close()
  })

  it('whoever waits at one server hears what happens at the other', async () => {
    await using house = await newHouse(engine)
    const [first, second] = await servers(house)
    const application = await first.application()
    const username = await first.user()
    const device = await first.device(username)
    const elsewhere = new WireDevice({ ...second.appWire, origin: first.appWire.origin })
    await using stream = await device.events()
    await stream.next()
    const created = await first.applicationAt(second, application).ask(username)
    const { data } = await stream.until(({ requests }) => requests.length > 0)
    await using events = await application.events(created.id)
    await events.next()
    const waiting = application.read(created.id, { query: '?wait=60&since=1' })
    const [shown] = data.requests
    if (!shown) throw new Error('nothing was asked')
    await elsewhere.send(device.signed(device.statement(shown, 'approve', created.number)))
    expect((await waiting).body).toMatchObject({ state: 'approved' })
    expect((await events.next())?.data).toMatchObject({ state: 'approved' })
    expect((await stream.next())?.data).toEqual({ requests: [] })
    await first.close()
    await second.close()
  })

  it('a server that stops tells all who listen or wait, and does not wait for them', { timeout: 9000 }, async () => {
    const server = await startServer(engine)
    const application = await server.application()
    const username = await server.user()
    const device = await server.device(username)
    const { id } = await application.ask(username)
    await using stream = await device.events()
    await using events = await application.events(id)
    await stream.next()
    await events.next()
    const waiting = application.read(id, { query: '?wait=60&since=1' })
    // Connections are taken in the order in which they come: that one is there when this one is answered.
    await application.read(id)
    await server.close()
    await Promise.all([stream.ended(), events.ended()])
    expect((await waiting).body.state).toBe('pending')
  })

  it('a server killed after it said 201 has that request when it starts again, and settles it', async () => {
    await using house = await newHouse(engine)
    const env = { ...house.env, PORT: String(await freePort()) }
    const printed = async (...words: string[]) => {
      const { code, out, err } = await countersign(env, [...words, '--json'])
      if (code !== 0) throw new Error(err)
      return JSON.parse(out) as Record<string, string>
    }
    await using killed = await ServerProcess.start(env)
    // Added while it runs, as an operator would.
    const { apiKey = '' } = await printed('app', 'add', 'Harbour')
    await printed('user', 'add', 'alice')
    const { code = '' } = await printed('enrol', 'alice')
    const device = await new WireDevice(killed.wire).enrol(code)
    const application = new WireApplication(killed.wire, apiKey)
    const created = await application.ask('alice')
    const { body: shown } = await device.request(created.id)
    await killed.kill()

    await using again = await ServerProcess.start(env)
    expect(again.origin).toBe(killed.origin)
    await using events = await application.events(created.id, created.secret)
    const { secret, ...first } = created
    expect((await events.next())?.data).toEqual(first)
    const decided = device.signed(device.statement(shown, 'approve', created.number))
    expect(said(await device.send(decided))).toBe('200')
    const { passcode = '' } = (await events.next())?.data ?? {}
    await again.kill()

    await using last = await ServerProcess.start(env)
    expect((await device.send(decided)).body).toEqual({ state: 'approved', reason: null })
    expect(said(await application.redeem(created.id, secret, passcode))).toBe('200')
    expect(said(await call(last.wire, 'GET', '/readyz'))).toBe('200')
  })
})
