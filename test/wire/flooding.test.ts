// Who floods a door is turned away alone: other applications, the people who wait and their phones do not notice.
import { connect, Server } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ownBounds } from '../../server/overload/bounds.ts'
import { ENGINES } from '../support/engines.ts'
import { GENEROUS, startServer } from '../support/server.ts'
import { call, type Reply, said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { operatorOf } from '../support/wire-operator.ts'
import { openStream } from '../support/wire-stream.ts'

const ROOM = 8
/** Of each kind of work; a quarter more is for whoever has less of it than others. */
const KEPT = 2
const mostUnderWay = { creating: ROOM, deciding: ROOM, waiting: ROOM }
const FLOODED = '198.51.100.9'

describe.each(ENGINES)('a flood, on %s', (engine) => {
  const env = { ...GENEROUS, COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1' }
  const house = wireHouse(engine, { env, mostUnderWay })
  afterEach(() => vi.restoreAllMocks())

  /** Requests about that address get no further until they are let go. */
  function held(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { blocks } = house.server.running.parts
    const refuse = blocks.refuse.bind(blocks)
    vi.spyOn(blocks, 'refuse').mockImplementation(async (ip) => {
      if (ip === FLOODED) await promise
      return refuse(ip)
    })
    return resolve
  }

  async function signsIn(): Promise<void> {
    const { created, shown, device } = await house.asked()
    await using page = await house.application.events(created.id, created.secret)
    await using phone = await device.events()
    expect((await phone.next())?.data.requests.map(({ id }) => id)).toEqual([created.id])
    expect(said(await device.decide(shown, 'approve', created.number))).toBe('200')
    const { passcode = '' } = (await page.until(({ state }) => state === 'approved')).data
    expect(said(await house.application.redeem(created.id, created.secret, passcode))).toBe('200')
  }

  it('of login requests fills no more of the server than one application may, and ends by itself', async () => {
    const letGo = held()
    const flooding = await house.server.application('Flood')
    const { username } = await house.person()
    const asks = () => flooding.create(username, { context: { ip: FLOODED } })
    const refused: Reply[] = []
    const full = Promise.withResolvers<void>()
    const all = Array.from({ length: 3 * ROOM }, async () => {
      const reply = await asks()
      if (reply.status !== 201 && refused.push(reply as never) === 2 * ROOM) full.resolve()
      return reply.status
    })
    await full.promise
    expect(new Set(refused.map(said))).toEqual(new Set(['503 unavailable']))
    for (const { headers } of refused) expect(headers['retry-after']).toMatch(/^[123]$/)
    for (let n = 0; n <= KEPT; n++) await signsIn()
    expect(said(await asks())).toBe('503 unavailable')
    // Before it is read.
    expect(said(await flooding.call('POST', '/api/v1/login-requests', { body: 'no JSON' }))).toBe('503 unavailable')
    const told = house.server.lines.filter((line) => line.includes('told to come back'))
    expect(told.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ who: flooding.id })])
    letGo()
    expect((await Promise.all(all)).filter((status) => status === 201)).toHaveLength(ROOM)
    expect(said(await asks())).toBe('201')
  })

  it('of calls whose bodies never come to their end takes no room from anybody', async () => {
    const { port, origin } = house.server.wire
    const doors = [
      '/api/v1/login-requests',
      '/device/v1/decisions',
      '/login/x/api/password',
      '/oidc/token',
      '/scim/v2/Users',
    ]
    const begun = doors.flatMap((path) =>
      Array.from({ length: 2 * (ROOM + KEPT) }, () => {
        const socket = connect(port, '127.0.0.1').on('error', () => undefined)
        const about = `Host: ${new URL(origin).host}\r\nAuthorization: Bearer ${house.application.apiKey}`
        socket.write(`POST ${path} HTTP/1.1\r\n${about}\r\nContent-Length: 1000\r\n\r\n{`)
        return socket
      }),
    )
    await signsIn()
    await signsIn()
    for (const socket of begun) socket.destroy()
  })

  it('of calls on one connection ends with it where more than eight follow one that is unanswered', async () => {
    const { origin, port } = house.server.wire
    const asks = async (calls: number) => {
      const socket = connect(port, '127.0.0.1')
      const one = (more = '') => `GET /readme HTTP/1.1\r\nHost: ${new URL(origin).host}\r\n${more}\r\n`
      socket.write(one().repeat(calls - 1) + one('Connection: close\r\n'))
      let heard = ''
      for await (const more of socket.on('error', () => {})) heard += more
      return [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    }
    expect(await asks(9)).toEqual(Array(9).fill('404'))
    expect(await asks(200).catch(() => [])).toEqual([])
  })

  it('of connections is counted from the first: the bound is there before anybody can come', async () => {
    const { listen } = Server.prototype
    const bounds: number[] = []
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...on: unknown[]) {
      bounds.push(this.maxConnections)
      return Reflect.apply(listen, this, on)
    })
    await using _ = await startServer(engine)
    expect(bounds[0]).toBe(ownBounds().connections)
  })

  it('of pages that wait leaves room to those of others, and to phones', async () => {
    const flooding = await house.server.application('Flood')
    const { username } = await house.person()
    const { id } = await flooding.ask(username)
    const pages = await Promise.all(Array.from({ length: ROOM }, () => flooding.events(id)))
    const late = await flooding.call('GET', `/api/v1/login-requests/${id}/events`)
    expect([said(late), late.headers['retry-after']]).toEqual(['503 unavailable', expect.stringMatching(/^[123]$/)])
    expect(said(await flooding.read(id, { query: '?wait=25' }))).toBe('503 unavailable')
    await signsIn()
    expect(said(await flooding.cancel(id))).toBe('204')
    for (const page of pages) await page.ended()
    const { id: next } = await flooding.ask(username)
    await using page = await flooding.events(next)
    expect((await page.next())?.data.state).toBe('pending')
  })

  it('of streams that one operator opens leaves room to another at the same address', async () => {
    const [flooding, other] = [await operatorOf(house.server), await operatorOf(house.server)]
    const look = ({ cookie }: { cookie: string }) =>
      openStream(house.server.wire, '/admin/v1/live', { accept: 'text/event-stream', cookie })
    const consoles = await Promise.all(Array.from({ length: ROOM }, () => look(flooding)))
    await using late = await look(flooding)
    await using beside = await look(other)
    expect([...consoles, late, beside].map(({ status }) => status)).toEqual([...Array(ROOM).fill(200), 503, 200])
    for (const one of consoles) one.close()
  })

  it('of decisions from one address leaves room to those from another', async () => {
    const { deciding } = house.server.running.parts
    const leave = Array.from({ length: ROOM }, () => deciding.enter(FLOODED))
    const { created, shown, device } = await house.asked()
    const jws = device.signed(device.statement(shown, 'approve', created.number))
    const send = (from: string) =>
      call(house.server.appWire, 'POST', '/device/v1/decisions', {
        body: jws,
        headers: { 'content-type': 'application/jose', 'x-forwarded-for': from },
      })
    const late = await send(FLOODED)
    expect([said(late), late.headers['retry-after']]).toEqual(['503 unavailable', expect.stringMatching(/^[123]$/)])
    expect(said(await send('192.0.2.7'))).toBe('200')
    for (const one of leave) one()
    expect(said(await send(FLOODED))).toBe('200')
  })

  /** What is read gets no further until it is let go. */
  function heldReads(): () => void {
    const { store } = house.server
    const { read } = store
    const { promise, resolve } = Promise.withResolvers<void>()
    const late = read.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: ({ result }) => promise.then(() => result),
    })
    Object.assign(store, { read: late })
    return () => {
      Object.assign(store, { read })
      resolve()
    }
  }

  it('of keys that are nobody’s fills a line of its own, and beside it comes in who has one, seen before or not', async () => {
    await signsIn()
    const { applicationKeys } = house.server.running.parts
    const from = { 'x-forwarded-for': FLOODED }
    const guess = (n: number) =>
      call(house.server.wire, 'POST', '/api/v1/login-requests', {
        body: { username: 'alice' },
        headers: { authorization: `Bearer csk_${n}`, ...from },
      })
    const guesses = (count: number) => Promise.all(Array.from({ length: count }, (_, n) => guess(n)))
    expect(new Set((await guesses(400)).map(said))).toEqual(new Set(['401 unauthenticated']))

    const { username } = await house.person()
    const letGo = heldReads()
    const line = async () => {
      const all = Array.from({ length: 256 }, (_, n) => applicationKeys.application(`csk_line_${n}`, FLOODED))
      await new Promise((resolve) => setImmediate(resolve))
      return all
    }
    // Those that are looked up, and those that wait.
    const waiting = [...(await line()), ...(await line())]
    const late = await guess(0)
    expect([said(late), late.headers['retry-after']]).toEqual(['503 unavailable', '1'])
    letGo()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([undefined]))

    const unseen = await house.server.application('Unseen')
    const beside = [guess(1), guess(2), unseen.create(username, {}, from), guess(3)]
    expect((await Promise.all(beside)).map(({ status }) => status)).toEqual([401, 401, 201, 401])
    expect(said(await house.application.create(username, {}, from))).toBe('201')
    await signsIn()
  })
})
