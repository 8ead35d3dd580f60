// API tokens: told once, good for as long and as much as they say, and gone with whatever they made.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { MANY_SIGN_INS, startServer, type TestServer } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { operatorOf, programOf, WireProgram } from '../support/wire-operator.ts'

const HOUR = 3_600_000

describe.each(ENGINES)('an API token on %s', (engine) => {
  const clock = new ManualClock()
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine, { clock, env: MANY_SIGN_INS })
  })
  afterAll(() => server.close())

  it('is told once, works without a cookie from anywhere, and says when it was last used', async () => {
    const bea = await operatorOf(server)
    const made = await bea.call<{ apiToken: string; token: { id: string } }>('POST', '/api-tokens', {
      name: 'HR',
      role: 'help-desk',
      expiresInDays: 7,
    })
    expect(made.body).toMatchObject({
      apiToken: expect.stringMatching(/^cso_[0-9a-z]{26}$/),
      token: { role: 'help-desk', madeBy: bea.name, lastUsedAt: null },
    })
    const program = new WireProgram(server.wire, made.body.apiToken)
    expect(said(await program.call('GET', '/users'))).toBe('200')
    const { text } = await bea.call('GET', '/api-tokens')
    expect(text).toContain(`"lastUsedAt":"${new Date(clock.now()).toISOString()}"`)
    expect(text).not.toContain(made.body.apiToken)
    expect(JSON.stringify(await server.store.read.selectFrom('api_tokens').selectAll().execute())).not.toContain(
      made.body.apiToken,
    )
  })

  it('takes with it, when it is revoked, all that was made with it', async () => {
    type Made = { apiToken: string; token: { id: string; madeBy: string } }
    const bea = await operatorOf(server)
    const makeWith = async (maker: { call: WireProgram['call'] }, name: string) =>
      (await maker.call<Made>('POST', '/api-tokens', { name, role: 'administrator' })).body
    const stolen = await makeWith(bea, 'stolen')
    const kept = await makeWith(bea, 'kept')
    const programOf = ({ apiToken }: Made) => new WireProgram(server.wire, apiToken)
    const child = await makeWith(programOf(stolen), 'child')
    const grandchild = await makeWith(programOf(child), 'grandchild')
    expect([child.token.madeBy, grandchild.token.madeBy]).toEqual(['stolen', 'child'])
    const { body: list } = await bea.call<{ apiTokens: Made['token'][] }>('GET', '/api-tokens')
    expect(list.apiTokens.find(({ id }) => id === grandchild.token.id)?.madeBy).toBe('child')
    expect(said(await bea.call('DELETE', `/api-tokens/${stolen.token.id}`))).toBe('204')
    for (const gone of [stolen, child, grandchild])
      expect(said(await programOf(gone).call('GET', '/users'))).toBe('401 unauthenticated')
    expect(said(await programOf(kept).call('GET', '/users'))).toBe('200')
    const entries = await server.store.read
      .selectFrom('audit')
      .select('detail')
      .where('kind', '=', 'api-token-revoked')
      .execute()
    const told = entries.map(({ detail }) => JSON.parse(detail).apiToken)
    expect(told).toEqual(expect.arrayContaining([stolen, child, grandchild].map(({ token }) => token.id)))
  })

  it('ends at its end, when it is revoked, and when it never was', async () => {
    const [short, owner] = [await programOf(server, 'auditor', 1), await programOf(server)]
    expect(said(await short.call('GET', '/users'))).toBe('200')
    await clock.jump(24 * HOUR)
    expect(said(await short.call('GET', '/users'))).toBe('401 unauthenticated')
    const made = await owner.call<{ apiToken: string; token: { id: string } }>('POST', '/api-tokens', {
      name: 'x',
      role: 'auditor',
    })
    const program = new WireProgram(server.wire, made.body.apiToken)
    expect(said(await owner.call('DELETE', `/api-tokens/${made.body.token.id}`))).toBe('204')
    expect(said(await program.call('GET', '/users'))).toBe('401 unauthenticated')
    expect(said(await owner.call('DELETE', `/api-tokens/${made.body.token.id}`))).toBe('404 unknown-api-token')
    const guessed = new WireProgram(server.wire, `cso_${'0'.repeat(26)}`)
    const refused = await guessed.call('GET', '/users')
    expect([said(refused), refused.headers['www-authenticate']]).toEqual(['401 unauthenticated', 'Bearer'])
  })

  it('that is wrong is not made good by a cookie beside it', async () => {
    const bea = await operatorOf(server)
    expect(said(await bea.call('GET', '/session', undefined, { authorization: 'Bearer cso_x' }))).toBe(
      '401 unauthenticated',
    )
  })

  it('has no session, no passkeys, and no way to make a greater or longer one than itself', async () => {
    const program = await programOf(server, 'administrator', 2)
    expect((await program.call('GET', '/session')).body).toMatchObject({
      actor: { kind: 'api-token' },
      session: null,
    })
    expect(said(await program.call('GET', '/passkeys'))).toBe('403 session-required')
    expect(said(await program.call('DELETE', '/session'))).toBe('403 session-required')
    expect(said(await program.call('POST', '/api-tokens', { name: 'x', role: 'owner' }))).toBe('403 forbidden')
    const made = await program.call<{ token: { expiresAt: string } }>('POST', '/api-tokens', {
      name: 'x',
      role: 'auditor',
      expiresInDays: 300,
    })
    expect(made.body.token.expiresAt).toBe(new Date(clock.now() + 48 * HOUR).toISOString())
  })
})
