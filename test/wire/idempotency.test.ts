// §2: a creation that is sent again under its Idempotency-Key.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { newHouse, startServer } from '../support/server.ts'
import type { WireApplication, WireCreated } from '../support/wire-application.ts'
import { type Reply, said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { expectInvalid, expectProblem } from '../support/wire-problem.ts'

const DAY = 86_400_000

/** @param body the very bytes that are sent */
function send(application: WireApplication, key: string, body: string): Promise<Reply<WireCreated>> {
  const headers = { 'idempotency-key': key, 'content-type': 'application/json' }
  return application.call<WireCreated>('POST', '/api/v1/login-requests', { body, headers })
}

describe.each(ENGINES)('a creation with an Idempotency-Key on %s', (engine) => {
  const house = wireHouse(engine)
  const about = (username: string) => JSON.stringify({ username })

  it('sent again is answered byte for byte as at first, and asks nobody again', async () => {
    const { username, device } = await house.person()
    const key = randomUUID()
    const first = await send(house.application, key, about(username))
    expect([said(first), first.headers['idempotent-replayed']]).toEqual(['201', undefined])
    await device.receipt(first.body.id)
    await house.clock.advance(59_999)
    const again = await send(house.application, key, about(username))
    expect([said(again), again.text, again.headers['idempotent-replayed']]).toEqual(['201', first.text, 'true'])
    expect(again.headers['content-type']).toBe(first.headers['content-type'])
    expect(await device.requests()).toHaveLength(1)
  })

  it('is answered without secret and number once the request has ended', async () => {
    const asked = await house.person()
    const key = randomUUID()
    const { body: created } = await send(house.application, key, about(asked.username))
    const { number, secret, ...rest } = created
    expect([typeof number, typeof secret]).toEqual(['string', 'string'])
    const { body: shown } = await asked.device.request(created.id)
    await asked.device.decide(shown, 'approve', number)
    const again = await send(house.application, key, about(asked.username))
    expect([said(again), again.body]).toEqual(['201', rest])
    const stored = await house.server.store.read
      .selectFrom('idempotency')
      .selectAll()
      .where('key', '=', key)
      .executeTakeFirstOrThrow()
    expect(stored.answer).toBeNull()
  })

  it('is answered without them after the request has expired, before anybody wrote that down', async () => {
    const { username } = await house.person()
    const key = randomUUID()
    await send(house.application, key, about(username))
    await house.clock.advance(60_000)
    expect((await send(house.application, key, about(username))).body).not.toHaveProperty('secret')
  })

  it('is kept sealed: the store alone gives no secret', async () => {
    const { username } = await house.person()
    const key = randomUUID()
    const { body } = await send(house.application, key, about(username))
    const rows = await house.server.store.read.selectFrom('idempotency').selectAll().where('key', '=', key).execute()
    expect(JSON.stringify(rows)).not.toContain(body.secret)
  })

  it('is remembered for 24 hours', async () => {
    const { username } = await house.person()
    const key = randomUUID()
    const first = await send(house.application, key, about(username))
    await house.clock.jump(DAY - 1)
    expect((await send(house.application, key, about(username))).body.id).toBe(first.body.id)
    await house.clock.jump(1)
    const later = await send(house.application, key, about(username))
    expect([said(later), later.headers['idempotent-replayed']]).toEqual(['201', undefined])
    expect(later.body.id).not.toBe(first.body.id)
  })

  it('over another body is refused, be it another spelling of the same', async () => {
    const { username, device } = await house.person()
    const key = randomUUID()
    await send(house.application, key, about(username))
    for (const body of [`{ "username": "${username}" }`, JSON.stringify({ username, purpose: 'sign-in' })])
      expectProblem(await send(house.application, key, body), '422 idempotency-mismatch')
    expect(await device.requests()).toHaveLength(1)
  })

  it('belongs to its application', async () => {
    const { username, device } = await house.person()
    const key = randomUUID()
    const other = await house.server.application('Lighthouse')
    const answers = [await send(house.application, key, about(username)), await send(other, key, about(username))]
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(2)
    expect(await device.requests()).toHaveLength(2)
  })

  it('that was refused is not remembered', async () => {
    const username = await house.server.user()
    const key = randomUUID()
    expectProblem(await send(house.application, key, about(username)), '409 no-token')
    await house.server.device(username)
    expect(said(await send(house.application, key, about(username)))).toBe('201')
  })

  it('sent again counts against no limit', async () => {
    const { username } = await house.person()
    const key = randomUUID()
    for (let n = 0; n < 10; n++) expect(said(await send(house.application, key, about(username)))).toBe('201')
  })

  it.each([
    ['is empty', ''],
    ['is too long', 'x'.repeat(129)],
    ['is not ASCII', 'clé'],
  ])('whose key %s is invalid', async (_, key) => {
    const { username } = await house.person()
    expectInvalid(await send(house.application, key, about(username)), '/Idempotency-Key')
  })

  it('may have any printable key of up to 128 characters', async () => {
    const { username } = await house.person()
    const printable = Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)).join('')
    for (const key of [`${printable.slice(1)}${'x'.repeat(34)}`, '!'])
      expect(said(await send(house.application, key, about(username)))).toBe('201')
  })

  it('sent many times at once asks once; the others hear of the first, or that it is still running', async () => {
    await using shared = await newHouse(engine)
    const processes = engine === 'postgres' ? 2 : 1
    const servers = await Promise.all(Array.from({ length: processes }, () => startServer(engine, { house: shared })))
    const [first] = servers
    if (!first) throw new Error('no server')
    const application = await first.application()
    const username = await first.user()
    const device = await first.device(username)
    const key = randomUUID()
    const ways = servers.map((server) => first.applicationAt(server, application))
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => send(ways[n % ways.length] ?? application, key, about(username))),
    )
    const made = answers.filter((answer) => said(answer) === '201')
    expect(new Set(made.map(({ text }) => text)).size).toBe(1)
    expect(made.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1)
    const others = new Set(answers.filter((answer) => said(answer) !== '201').map(said))
    expect([...others].filter((answer) => answer !== '409 idempotency-in-progress')).toEqual([])
    expect(await device.requests()).toHaveLength(1)
    for (const server of servers) await server.close()
  })
})
