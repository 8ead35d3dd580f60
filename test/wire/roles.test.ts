// What an operator may, and that somebody stays in charge.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperatorId } from '../../protocol/ids.ts'
import type { OperatorView } from '../../protocol/operator-api/operators.ts'
import { changeRole, removeOperator } from '../../server/operators/operators.ts'
import { audited } from '../support/audited.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { MANY_SIGN_INS, newHouse, startServer, type TestServer } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { linkOf, operatorOf, programOf, WireOperator, WireProgram } from '../support/wire-operator.ts'

const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const

describe.each(ENGINES)('roles of operators on %s', (engine) => {
  const clock = new ManualClock()
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine, { clock, env: MANY_SIGN_INS })
    // Somebody is in charge, whatever a test does to another.
    await operatorOf(server)
  })
  afterAll(() => server.close())

  it('change at the next call, and end the API tokens that go beyond', async () => {
    const [owner, bea] = [await programOf(server), await operatorOf(server)]
    const tokens = await Promise.all(
      (['owner', 'auditor'] as const).map(async (role) => {
        const { body } = await bea.call<{ apiToken: string }>('POST', '/api-tokens', { name: role, role })
        return new WireProgram(server.wire, body.apiToken)
      }),
    )
    const { operators } = (await owner.call<{ operators: OperatorView[] }>('GET', '/operators')).body
    const seen = `"${operators.find(({ id }) => id === bea.id)?.version}"`
    const path = `/operators/${bea.id}`
    expect(said(await owner.call('PATCH', path, { role: 'administrator' }))).toBe('428 precondition-required')
    expect(said(await owner.call('PATCH', path, { role: 'administrator' }, { 'if-match': '"99"' }))).toBe(
      '412 changed-meanwhile',
    )
    const changed = await owner.call('PATCH', path, { role: 'administrator' }, { 'if-match': seen })
    expect([said(changed), changed.body.role]).toEqual(['200', 'administrator'])
    expect(changed.headers.etag).not.toBe(seen)
    expect(said(await owner.call('PATCH', path, { role: 'auditor' }, { 'if-match': seen }))).toBe(
      '412 changed-meanwhile',
    )
    expect(said(await bea.call('POST', '/operators', { name: 'x', role: 'auditor' }))).toBe('403 forbidden')
    const answers = await Promise.all(tokens.map(async (token) => said(await token.call('GET', '/session'))))
    expect(answers).toEqual(['401 unauthenticated', '200'])
    expect((await audited(server, 'operator-role-changed')).at(-1)?.detail).toMatchObject({
      operator: bea.id,
      from: 'owner',
      to: 'administrator',
      endedApiTokens: 1,
      act: 'operators.change-role',
      by: { kind: 'api-token', role: 'owner' },
    })
  })

  it('of somebody who is removed end with sessions and API tokens, and the name is free again', async () => {
    const [owner, bea] = [await programOf(server), await operatorOf(server, 'owner', 'Bea the second')]
    const { body } = await bea.call<{ apiToken: string }>('POST', '/api-tokens', { name: 'x', role: 'auditor' })
    expect(said(await owner.call('DELETE', `/operators/${bea.id}`))).toBe('204')
    expect(said(await bea.call('GET', '/session'))).toBe('401 unauthenticated')
    expect(said(await bea.signIn())).toBe('403 passkey-refused')
    expect(said(await new WireProgram(server.wire, body.apiToken).call('GET', '/session'))).toBe('401 unauthenticated')
    expect(said(await owner.call('DELETE', `/operators/${bea.id}`))).toBe('404 unknown-operator')
    expect(said(await owner.call('POST', '/operators', { name: 'Bea the second', role: 'auditor' }))).toBe('201')
  })

  it('are had under names that differ, also to the eye', async () => {
    const owner = await programOf(server)
    await linkOf(server, 'auditor', 'Straße')
    expect(said(await owner.call('POST', '/operators', { name: ' STRAßE', role: 'auditor' }))).toBe(
      '409 operator-name-taken',
    )
    const { signInUrl } = await linkOf(server)
    const beside = new WireOperator(server.wire)
    for (const [name, like] of [
      ['straße', 'Straße'],
      ['Strаße', 'Straße'],
      ['cornrnand line', 'command line'],
    ] as const) {
      const refused = await beside.accept(signInUrl, { name })
      expect([name, said(refused), refused.body.like]).toEqual([name, '409 operator-name-taken', like])
    }
    expect(said(await beside.accept(signInUrl, { name: 'Strasse' }))).toBe('201')
  })

  it('so, too, where several that look alike are invited at once', async () => {
    const owner = await programOf(server)
    const alike = ['Cora', 'Соra', 'Cоra', 'Corа', 'Соrа']
    const invited = await Promise.all(alike.map((name) => owner.call('POST', '/operators', { name, role: 'auditor' })))
    expect(invited.map(said).sort()).toEqual(['201', ...Array(4).fill('409 operator-name-taken')])
  })
})

describe.each(ENGINES)('the last owner on %s', (engine) => {
  it('cannot go while they are only invited, either', async () => {
    await using house = await newHouse(engine)
    await using one = await startServer(engine, { house })
    for (const name of ['Invited', 'Invited too']) await linkOf(one, 'owner', name)
    const program = await programOf(one)
    const { operators } = (await program.call<{ operators: { id: string }[] }>('GET', '/operators')).body
    const removed: string[] = []
    for (const { id } of operators) removed.push(said(await program.call('DELETE', `/operators/${id}`)))
    expect(removed).toEqual(['204', '409 last-owner'])
    const events = await one.store.read.selectFrom('security_events').select('kind').execute()
    expect(events).toContainEqual({ kind: 'operator-invited' })
  })

  it('cannot go, whatever two processes do at once', async () => {
    await using house = await newHouse(engine)
    const one = await startServer(engine, { house })
    const other = engine === 'postgres' ? await startServer(engine, { house }) : one
    try {
      const first = await operatorOf(one)
      await linkOf(one, 'owner', 'Invited only')
      expect(said(await first.call('DELETE', `/operators/${first.id}`))).toBe('409 last-owner')
      expect(
        said(await first.call('PATCH', `/operators/${first.id}`, { role: 'auditor' }, { 'if-match': '"2"' })),
      ).toBe('409 last-owner')
      for (let round = 0; round < 5; round++) {
        const pair = [await operatorOf(one), await operatorOf(other)] as const
        const before = await owners(one)
        await Promise.allSettled(
          before
            .filter((id) => !pair.some((of) => of.id === id))
            .map((id) => removeOperator(one.running.parts, { id }, BY)),
        )
        const outcomes = await Promise.allSettled([
          removeOperator(one.running.parts, { id: pair[0].id }, BY),
          changeRole(other.running.parts, { id: pair[1].id, role: 'auditor', version: 2 }, BY),
        ])
        const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
        expect(refused.map(({ reason }) => reason.slug)).toEqual(['last-owner'])
        expect(await owners(one)).toHaveLength(1)
      }
    } finally {
      await one.close()
      await other.close()
    }
  })
})

async function owners(server: TestServer): Promise<OperatorId[]> {
  const rows = await server.store.read
    .selectFrom('operators')
    .innerJoin('operator_passkeys', 'operator_passkeys.operator_id', 'operators.id')
    .select('operators.id')
    .where('role', '=', 'owner')
    .where('removed_at', 'is', null)
    .execute()
  return rows.map(({ id }) => id)
}
