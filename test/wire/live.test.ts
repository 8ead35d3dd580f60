// What operators see of requests as they come and go.
import { beforeAll, describe, expect, it } from 'vitest'
import type { LiveView } from '../../protocol/operator-api/live.ts'
import { ENGINES } from '../support/engines.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { operatorOf, programOf, type WireOperator, type WireProgram } from '../support/wire-operator.ts'
import { openStream } from '../support/wire-stream.ts'

const LIVE = '/admin/v1/live'
const LOOK = 1500
const MINUTE = 60_000

describe.each(ENGINES)('the live view on %s', (engine) => {
  const house = wireHouse(engine)
  let bea: WireOperator & { id: string }
  let program: WireProgram
  beforeAll(async () => {
    bea = await operatorOf(house.server, 'help-desk')
    program = await programOf(house.server, 'auditor')
  })
  const live = async (query = '') => (await program.call<LiveView>('GET', `/live${query}`)).body.requests
  const stream = (headers: Record<string, string>) =>
    openStream<LiveView>(house.server.wire, LIVE, { accept: 'text/event-stream', ...headers })

  /** Looks go on until one finds that nobody may know any more. */
  async function untilEnded(events: { ended(): Promise<void> }): Promise<void> {
    let isOver = false
    const over = events.ended().then(() => {
      isOver = true
    })
    while (!isOver) await house.clock.advance(LOOK)
    await over
  }

  it('shows requests newest first, with person, application, place and what became of them', async () => {
    const context = { ip: '203.0.113.9', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0' }
    const first = await house.asked({}, { context })
    await house.clock.advance(1000)
    const second = await house.asked()
    await second.device.decide(second.shown, 'report')
    const [newest, older] = await live()
    expect(newest).toMatchObject({ id: second.created.id, state: 'denied', reason: 'not_me', ip: null })
    expect(older).toMatchObject({
      id: first.created.id,
      state: 'pending',
      user: { username: first.username },
      application: { name: 'Harbour' },
      ip: '203.0.113.9',
      client: 'Firefox on Linux',
      newPlace: false,
    })
    expect(JSON.stringify(await live())).not.toContain(first.created.secret)
  })

  it('refuses a stream as it would refuse one look, before anything of it is sent', async () => {
    const headers = { accept: 'text/event-stream' }
    expect(said(await program.call('GET', '/live?address=nowhere', undefined, headers))).toBe('422 invalid')
    expect(said(await bea.call('GET', '/callers/req_0mqf1y0s4ybnf57js0bq59vaeh', undefined, headers))).toMatch(/^404 /)
  })

  it('shows by the clock that a request has expired', async () => {
    const { created } = await house.asked()
    await house.clock.advance(10 * MINUTE)
    expect((await live()).find(({ id }) => id === created.id)).toMatchObject({ state: 'expired' })
  })

  it('is narrowed by state, delivery, application, person and address', async () => {
    await house.clock.advance(MINUTE)
    const other = await house.server.application('Lighthouse')
    const { username } = await house.person()
    const there = await other.ask(username, { context: { ip: '2001:db8:0:0::7' } })
    const [mine] = await live()
    if (!mine) throw new Error('the request is not shown')
    const narrowed = [
      `?application=${mine.application.id}`,
      `?user=${mine.user.id}`,
      '?address=2001:db8::7',
      '?state=pending',
      `?delivery=none&user=${mine.user.id}`,
    ]
    for (const query of narrowed) expect((await live(query)).map(({ id }) => id)).toEqual([there.id])
    expect(await live(`?state=approved&user=${mine.user.id}`)).toEqual([])
    expect(said(await program.call('GET', '/live?state=lost'))).toBe('422 invalid')
    expect(said(await program.call('GET', '/live?address=nowhere'))).toBe('422 invalid')
  })

  it('is sent again when something changed, many changes at once, and nothing where nothing did', async () => {
    await house.clock.advance(MINUTE)
    await using events = await stream({ authorization: `Bearer ${program.token}` })
    await events.next()
    await house.clock.whenWaitingFor(LOOK)
    const { username } = await house.person()
    const ids = [await house.application.ask(username), await house.application.ask(username)].map(({ id }) => id)
    await house.clock.advance(LOOK)
    const next = await events.next()
    expect(
      next?.data.requests
        .slice(0, 2)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.sort())
    await house.clock.whenWaitingFor(LOOK)
    await house.clock.advance(LOOK)
    expect(await events.nextBlock()).toBe(': waiting')
  })

  it('ends for an operator who is removed, and for a session that nobody uses', async () => {
    const gone = await operatorOf(house.server, 'auditor')
    await using removed = await stream({ cookie: gone.cookie })
    await removed.next()
    await house.server.store.write((tx) =>
      tx
        .deleteFrom('operator_sessions')
        .where('operator_id', '=', gone.id as never)
        .execute(),
    )
    await untilEnded(removed)

    await bea.signIn()
    await using idle = await stream({ cookie: bea.cookie })
    await idle.next()
    await house.clock.whenWaitingFor(LOOK)
    await house.clock.advance(29 * MINUTE)
    const polled = await bea.call('GET', '/live', undefined, { 'countersign-background': '1' })
    expect(said(polled)).toBe('200')
    await using _again = await stream({ cookie: bea.cookie })
    await house.clock.advance(MINUTE)
    await untilEnded(idle)
    expect(said(await bea.call('GET', '/session'))).toBe('401 unauthenticated')
  })
})
