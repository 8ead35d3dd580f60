// People as operators find them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UserList } from '../../protocol/operator-api/users.ts'
import { ENGINES } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'

describe.each(ENGINES)('users on %s', (engine) => {
  let server: TestServer
  let auditor: WireProgram
  beforeAll(async () => {
    server = await startServer(engine)
    auditor = await programOf(server, 'auditor')
    for (const name of ['Ann', 'anna', 'Änne', 'ann%', 'Ångström', 'an', 'Bob']) await server.user(name)
  })
  afterAll(() => server.close())

  const found = async (query: string) => {
    const { body } = await auditor.call<UserList>('GET', `/users${query}`)
    return body.users.map(({ username }) => username)
  }

  it('are found by the beginning of their name in any spelling, and by nothing else', async () => {
    expect(await found('?search=ANN')).toEqual(['Ann', 'ann%', 'anna', 'Änne'])
    expect(await found(`?search=${encodeURIComponent('ann%')}`)).toEqual(['ann%'])
    expect(await found(`?search=${encodeURIComponent(' ä')}`)).toEqual(['Änne'])
    expect(await found(`?search=${encodeURIComponent('a\u030a')}`)).toEqual(['Ångström'])
    expect(await found('?search=%25')).toEqual([])
    expect(await found('?search=_')).toEqual([])
  })

  it('come a hundred at a time, also while searching', async () => {
    for (let n = 0; n < 103; n++) await server.user(`page-${String(n).padStart(3, '0')}`)
    const first = await auditor.call<UserList>('GET', '/users?search=page')
    expect(first.body.users).toHaveLength(100)
    expect(await found(`?search=page&cursor=${first.body.next}`)).toEqual(['page-100', 'page-101', 'page-102'])
    expect(said(await auditor.call('GET', '/users?cursor=!'))).toBe('422 invalid')
  })

  it('are shown without what is secret', async () => {
    const { body, text } = await auditor.call<UserList>('GET', '/users?search=bob')
    expect(body.users).toEqual([
      {
        id: expect.stringMatching(/^usr_/),
        username: 'Bob',
        displayName: 'Bob',
        email: null,
        hasPassword: false,
        passwordElsewhere: false,
        createdAt: expect.stringMatching(/Z$/),
        state: 'active',
        version: 1,
      },
    ])
    expect(text).not.toContain('hash')
  })
})
