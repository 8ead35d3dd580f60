// Every act with every role, over real HTTP: whoever adds an act is tested here without adding a test.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ActName,
  mayAct,
  OPERATOR_ROLES,
  type OperatorRole,
  PERMISSIONS,
  ROLES,
  type Role,
} from '../../protocol/permissions.ts'
import { ACTS } from '../../server/admin/acts.ts'
import { COMMANDS } from '../../server/cli/commands.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { limits, startServer, type TestServer } from '../support/server.ts'
import { call, said } from '../support/wire-call.ts'
import { operatorOf, programOf, type WireOperator, type WireProgram } from '../support/wire-operator.ts'

const CLOSED = ACTS.filter(({ access }) => access !== 'open')
const eachOf = <R extends Role>(roles: readonly R[]) =>
  CLOSED.flatMap((act) => roles.map((role) => ({ act, role, name: act.name as ActName })))
/** Nobody's id, so that an act that is allowed finds nothing to change. */
const address = (path: string) => path.replace(/:\w+/g, 'nobody')

describe.each(ENGINES)('acts on %s', (engine) => {
  const clock = new ManualClock()
  let server: TestServer
  let people: Record<OperatorRole, WireOperator>
  let programs: Record<Role, WireProgram>
  beforeAll(async () => {
    server = await startServer(engine, {
      clock,
      env: limits({ signInsPerAddress: { count: 10_000 } }),
    })
    const each = async <R extends Role, T>(roles: readonly R[], make: (role: R) => Promise<T>) =>
      Object.fromEntries(await Promise.all(roles.map(async (role) => [role, await make(role)]))) as Record<R, T>
    people = await each(OPERATOR_ROLES, (role) => operatorOf(server, role))
    programs = await each(ROLES, (role) => programOf(server, role))
  })
  afterAll(() => server.close())

  const entries = async () => (await server.store.read.selectFrom('audit').select('seq').execute()).length

  it.each(eachOf(OPERATOR_ROLES))('$name by an operator who is $role', async ({ act, role, name }) => {
    const person = people[role]
    await person.signIn()
    const before = await entries()
    const [method, path] = act.http
    const answer = said(await person.call(method, address(path)))
    expect(answer === '403 forbidden').toBe(!mayAct(role, name))
    expect(answer).not.toMatch(/^(401|404 not-found|405|5)/)
    if (!mayAct(role, name)) expect(await entries()).toBe(before)
  })

  it.each(eachOf(ROLES))('$name by an API token that is $role', async ({ act, role, name }) => {
    const before = await entries()
    const [method, path] = act.http
    const answer = said(await programs[role].call(method, address(path)))
    expect(answer === '403 forbidden').toBe(!mayAct(role, name))
    expect(answer).not.toMatch(/^(401|404 not-found|405|5)/)
    if (act.access === 'session' && mayAct(role, name)) expect(answer).toBe('403 session-required')
    if (!mayAct(role, name)) expect(await entries()).toBe(before)
  })

  it.each(CLOSED)('$name by nobody', async ({ http: [method, path] }) => {
    const headers = { origin: server.wire.origin }
    expect(said(await call(server.wire, method, `/admin/v1${address(path)}`, { headers }))).toBe('401 unauthenticated')
  })

  it('that are dangerous do nothing for a session whose passkey was used longer ago', async () => {
    const dangerous = CLOSED.filter((act) => act.dangerous === true)
    expect(dangerous.length).toBeGreaterThan(30)
    await people.owner.signIn()
    await clock.jump(5 * 60_000)
    const before = await entries()
    for (const { name, http } of dangerous) {
      const [method, path] = http
      expect([name, said(await people.owner.call(method, address(path)))]).toEqual([name, '403 fresh-passkey-required'])
    }
    expect(await entries()).toBe(before)
  })

  it('that are not there are not found, and ask first who calls', async () => {
    expect(said(await call(server.wire, 'GET', '/admin/v1/nothing'))).toBe('401 unauthenticated')
    expect(said(await programs.owner.call('GET', '/nothing'))).toBe('404 not-found')
    const wrong = await programs.owner.call('PUT', '/operators')
    expect([said(wrong), wrong.headers.allow]).toEqual(['405 method-not-allowed', 'GET, POST'])
  })

  it('read what they are sent as strictly as every other conversation', async () => {
    const invite = (body: object | string | undefined, headers = {}) =>
      call(server.wire, 'POST', '/admin/v1/operators', {
        headers: { authorization: `Bearer ${programs.owner.token}`, ...headers },
        ...(body !== undefined && { body }),
      })
    expect(said(await invite('{', { 'content-type': 'application/json' }))).toBe('400 malformed')
    expect(said(await invite('name=x'))).toBe('400 malformed')
    expect(said(await invite('[]', { 'content-type': 'application/json' }))).toBe('422 invalid')
    expect((await invite({ name: 'a\u202eb', role: 'king' })).body).toMatchObject({
      errors: { '/name': expect.any(String), '/role': 'must be one of owner, administrator, help-desk, auditor' },
    })
    expect(said(await invite(undefined))).toBe('422 invalid')
    expect(said(await invite({ name: 'x'.repeat(70_000) }))).toBe('413 body-too-large')
  })

  it('live on the public origin only, and are never kept by a browser', async () => {
    await using apart = await startServer(engine, {
      env: { COUNTERSIGN_URL: 'https://id.example.org', COUNTERSIGN_APP_URL: 'https://app.example.org' },
    })
    const path = '/admin/v1/openapi.json'
    const here = await call(apart.wire, 'GET', path)
    expect([here.status, here.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(here.headers['access-control-allow-origin']).toBeUndefined()
    expect(said(await call(apart.appWire, 'GET', path))).toBe('404 not-found')
  })

  it('are described by OpenAPI, each with what it takes and gives', async () => {
    const { body } = await call<Description>(server.wire, 'GET', '/admin/v1/openapi.json')
    expect(body.openapi).toBe('3.1.0')
    const described = Object.values(body.paths).flatMap((methods) => Object.values(methods))
    expect(described.map(({ operationId }) => operationId).sort()).toEqual(ACTS.map(({ name }) => name).sort())
    expect(body.paths['/operators/{id}']?.patch).toMatchObject({
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: expect.stringContaining('opr') } },
        { name: 'If-Match', in: 'header', required: true },
      ],
      requestBody: { content: { 'application/json': { schema: { required: ['role'] } } } },
      responses: {
        '200': { content: { 'application/json': { schema: { required: expect.arrayContaining(['id']) } } } },
      },
    })
    expect(body.paths['/users']?.get).toMatchObject({
      parameters: ['search', 'state', 'group', 'stuck', 'cursor'].map((name) => ({ name, in: 'query' })),
    })
  })
})

type Description = { openapi: string; paths: Record<string, Record<string, { operationId: string }>> }

it('every permission is an act or SCIM’s, and every act that is not open has one', () => {
  expect([...CLOSED.map(({ name }) => name), 'scim.provision'].sort()).toEqual(Object.keys(PERMISSIONS).sort())
})

/** What has no command from its act has one of its own. */
const OWN_COMMANDS = {
  'applications.add': 'app add',
  'audit.export': 'audit export',
  'audit.verify': 'audit verify',
  'enrolments.create': 'enrol',
  'passwords.set': 'user password',
  'tokens.export': 'token export',
  'users.add': 'user add',
  'users.export': 'user export',
  'users.import': 'user import',
  'users.preview-import': 'user import',
}

it('whatever is not about a session of the console is a command too', () => {
  const without = ACTS.filter(({ name, access, cli }) => access === 'role' && !name.startsWith('session.') && !cli).map(
    ({ name }) => name,
  )
  expect(without.sort()).toEqual(Object.keys(OWN_COMMANDS))
  const names = COMMANDS.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(Object.values(OWN_COMMANDS)))
})

/** They keep somebody out, let nobody in who was not, or are one's own. */
const QUICK = [
  'addresses.block',
  'api-tokens.revoke',
  'desk.verify-caller',
  'devices.remove',
  'directory.try',
  'enrolments.withdraw',
  'groups.add',
  'groups.rename',
  'log-level.set',
  'mail-templates.preview',
  'mail-templates.reset',
  'mails.retry',
  'mails.test',
  'passcodes.end',
  'passcodes.unlock',
  'passkeys.rename',
  'policies.preview',
  'push.pause',
  'push.resume',
  'reports.close',
  'reports.note',
  'reports.take',
  'session.confirm',
  'session.confirm-options',
  'session.sign-out',
  'sessions.revoke',
  'sign-in-notice.clear',
  'signs.close',
  'signs.take',
  'tokens.revoke',
  'tokens.suspend',
  'users.preview-import',
  'users.suspend',
  'webhooks.replay',
  'webhooks.test',
]
/** Some calls of them are quick, and others not. */
const BOTH = ['users.add', 'users.edit']

it('whatever changes something asks for a fresh passkey, but for what was thought about', () => {
  const names = (kind: string) =>
    CLOSED.filter(
      ({ http, dangerous }) => http[0] !== 'GET' && (dangerous === true ? 'yes' : typeof dangerous) === kind,
    )
      .map(({ name }) => name)
      .sort()
  expect(names('boolean')).toEqual(QUICK)
  expect(names('object')).toEqual(BOTH)
})

/** Quick however often: they are looks, one's own, or how an attack is dealt with and stand in the audit log. */
const AS_OFTEN_AS_THEY_LIKE = [
  'mail-templates.preview',
  'passkeys.rename',
  'policies.preview',
  'reports.close',
  'reports.note',
  'reports.take',
  'session.confirm',
  'session.confirm-options',
  'session.sign-out',
  'signs.close',
  'signs.take',
  'users.preview-import',
]

it('whatever is quick is so for a bounded number of times, but for what was thought about', () => {
  const endless = CLOSED.filter(({ http, dangerous, helps }) => http[0] !== 'GET' && dangerous !== true && !helps)
  expect(endless.map(({ name }) => name).sort()).toEqual(AS_OFTEN_AS_THEY_LIKE)
})
