// People as files of spreadsheets: in with a preview and in steps; out so that nothing in it runs.
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readCsv } from '../../protocol/csv-reader.ts'
import type { GroupView } from '../../protocol/operator-api/groups.ts'
import {
  type BrokenOff,
  type Imported,
  type ImportPreview,
  MOST_IMPORTED,
} from '../../protocol/operator-api/user-import.ts'
import type { UserList, UserShown } from '../../protocol/operator-api/users.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { newHouse, startServer, type TestServer } from '../support/server.ts'
import { call, said } from '../support/wire-call.ts'
import { operatorOf, programOf, type WireProgram } from '../support/wire-operator.ts'

const CSV = { 'content-type': 'text/csv; charset=utf-8' }

/** @param of how many people */
const crew = (of: number) => `username,name\n${Array.from({ length: of }, (_, n) => `crew-${n},Crew ${n}\n`).join('')}`

const aTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

async function countPeople({ store }: TestServer): Promise<number> {
  const { people } = await store.read
    .selectFrom('users')
    .select((e) => e.fn.countAll<number | string>().as('people'))
    .executeTakeFirstOrThrow()
  return Number(people)
}

describe.each(ENGINES)('files of people on %s', (engine) => {
  const clock = new ManualClock()
  let server: TestServer
  let administrator: WireProgram
  beforeAll(async () => {
    server = await startServer(engine, { clock })
    administrator = await programOf(server, 'administrator')
    for (const name of ['Night shift', 'Day shift']) await administrator.call<GroupView>('POST', '/groups', { name })
  })
  afterAll(() => server.close())

  const send = <Body>(path: string, body: string | Uint8Array, headers = {}) =>
    call<Body>(server.wire, 'POST', `/admin/v1${path}`, {
      headers: { authorization: `Bearer ${administrator.token}`, ...CSV, ...headers },
      body,
    })
  const preview = (text: string) => send<ImportPreview>('/user-imports/preview', text)
  const load = (text: string) => send<Imported>('/user-imports', text)
  const found = async (search: string) =>
    (await administrator.call<UserList>('GET', `/users?search=${encodeURIComponent(search)}`)).body.users
  const entries = async () => (await server.store.read.selectFrom('audit').select('seq').execute()).length
  const errorsOf = (reply: { body: object }) => (reply.body as { errors: Record<string, string> }).errors

  it('say first what they would change, then add and change it, and change nothing when sent again', async () => {
    const file = 'User name;Name;Mail;Groups\r\nann;Ann <b>;ann@example.org;Night shift\r\n"b;ob";;;\r\n'
    const before = await entries()
    expect((await preview(file)).body).toMatchObject({
      added: 2,
      changed: 0,
      unchanged: 0,
      faultCount: 0,
      changes: [
        { line: 2, username: 'ann', displayName: 'Ann <b>', deed: 'add' },
        { line: 3, username: 'b;ob', displayName: 'b;ob', deed: 'add' },
      ],
    })
    expect(await entries()).toBe(before)
    expect((await load(file)).body).toEqual({ added: 2, changed: 0, unchanged: 0 })
    const [ann] = await found('ann')
    expect(ann).toMatchObject({ username: 'ann', displayName: 'Ann <b>', email: 'ann@example.org', hasPassword: false })
    const { body: shown } = await administrator.call<UserShown>('GET', `/users/${ann?.id}`)
    expect(shown.groups.map(({ name }) => name)).toEqual(['Night shift'])
    const after = await entries()
    expect((await load(file)).body).toEqual({ added: 0, changed: 0, unchanged: 2 })
    expect(await entries()).toBe(after)

    const stated = await preview('username,State,password\nann,suspended,yes\n')
    expect(stated.body).toMatchObject({ faultCount: 0, ignored: ['state', 'password'], changed: 0, unchanged: 1 })
    const next = 'username,email,groups\nANN,,Day shift\nb;ob,bob@example.org,\n'
    expect((await preview(next)).body).toMatchObject({
      changed: 2,
      changes: [
        { line: 2, deed: 'change', members: ['username', 'email', 'groups'] },
        { line: 3, deed: 'change', members: ['email'] },
      ],
    })
    expect((await load(next)).body).toEqual({ added: 0, changed: 2, unchanged: 0 })
    const { body: changed } = await administrator.call<UserShown>('GET', `/users/${ann?.id}`)
    expect(changed).toMatchObject({ username: 'ANN', displayName: 'Ann <b>', email: null, version: 2 })
    expect(changed.groups.map(({ name }) => name)).toEqual(['Day shift', 'Night shift'])
    expect((await found('bob@ex')).map(({ username }) => username)).toEqual(['b;ob'])
    const kinds = await server.store.read
      .selectFrom('audit')
      .select('kind')
      .where('user_id', '=', ann?.id ?? ('' as never))
      .execute()
    expect(kinds.map(({ kind }) => kind)).toEqual([
      'user-added',
      'group-member-added',
      'user-changed',
      'group-member-added',
    ])
  })

  it('people who came by a file are like others: they enrol and are asked', async () => {
    await load('username\nfiona\n')
    const device = await server.device('fiona')
    const application = await server.application()
    const created = await application.ask('fiona')
    const { body: shown } = await device.request(created.id)
    expect(said(await device.decide(shown, 'approve', created.number))).toBe('200')
  })

  it('with anything wrong change nothing, and say what by line and column', async () => {
    const before = await entries()
    const bad = [
      'username,name,email,groups',
      'carl,Carl,carl@example.org,',
      ',Nobody,,',
      'carl,Again,,',
      `dora,${'x'.repeat(200)},,`,
      'emil,\u202eevil,,',
      'fred,Fred,nowhere,Weekend',
      'gina,Gina',
      '"hugo\nheinz",,,',
      'ivan,,"ivan@example.org',
    ].join('\n')
    const { body } = await preview(bad)
    expect(body.faults).toEqual([
      { line: 3, column: 'username', message: 'must not be empty', found: null },
      { line: 4, column: 'username', message: 'is on line 2 already', found: 'carl' },
      { line: 5, column: 'name', message: 'must have at most 128 characters', found: 'x'.repeat(40) },
      { line: 6, column: 'name', message: expect.stringContaining('bidirectional'), found: '\u202eevil' },
      { line: 7, column: 'email', message: 'must be a mail address', found: 'nowhere' },
      { line: 8, column: null, message: 'has 2 cells, the first line has 4', found: null },
      { line: 9, column: 'username', message: expect.stringContaining('control'), found: 'hugo\nheinz' },
      { line: 11, column: null, message: 'has a quotation mark that is never closed', found: null },
    ])
    expect(body.faultCount).toBe(8)
    const refused = await load(bad)
    expect(said(refused)).toBe('422 invalid')
    expect(errorsOf(refused)).toMatchObject({ '/7/email': 'must be a mail address', '/11/': expect.any(String) })
    expect(errorsOf(await load('username,groups\nfred,Day shift; Weekend\n'))).toEqual({
      '/2/groups': 'names Weekend, and there is no such group',
    })
    expect([await found('carl'), await entries()]).toEqual([[], before])
  })

  it.each([
    ['', { '/1/': expect.stringContaining('the first line names the columns') }],
    ['name,email\nx,y', { '/1/username': expect.stringContaining('is missing') }],
    ['username,salary\nx,1', { '/1/salary': 'is no column that is known' }],
    ['username,name,display name\nx,y,z', { '/1/name': 'is there twice' }],
  ])('that begin as %j are none', async (text, errors) => expect(errorsOf(await load(text))).toEqual(errors))

  it('of a hundred thousand lines with one bad one change nothing, and name that one', async () => {
    const before = await entries()
    const lines = Array.from({ length: 100_000 }, (_, n) => `crew-${n},Crew ${n},crew-${n}@example.org`)
    lines[77_776] = 'crew-77776,Crew,nowhere'
    const file = `username,name,email\n${lines.join('\n')}\n`
    const { body } = await preview(file)
    expect(body.faults).toEqual([
      { line: 77_778, column: 'email', message: 'must be a mail address', found: 'nowhere' },
    ])
    expect(body.added).toBe(99_999)
    const refused = await load(file)
    expect(errorsOf(refused)).toEqual({ '/77778/email': 'must be a mail address' })
    expect([await found('crew'), await entries()]).toEqual([[], before])
  })

  it('of too many lines are refused, and of what is left nothing is read', async () => {
    const { body } = await preview(`username\n${'x\n'.repeat(MOST_IMPORTED)}x,y\n`)
    expect(body.faults[0]).toEqual({ line: 3, column: 'username', message: 'is on line 2 already', found: 'x' })
    expect([body.faultCount, body.added]).toEqual([MOST_IMPORTED, 1])
    expect(body.faults).toHaveLength(100)
  })

  it('out and in again change nothing, and nothing in them runs in a spreadsheet', async () => {
    const names = ['=1+1', '+49 170', '-x', '@SUM(A1)', 'a,"b"', 'مرحبا', "o'neil"]
    await load(`username,name\n${names.map((name, n) => `odd-${n},"${name.replaceAll('"', '""')}"`).join('\n')}\n`)
    const { text, headers } = await administrator.call('GET', '/users.csv')
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(headers['content-disposition']).toBe('attachment; filename="users-2026-01-01.csv"')
    const cells = [...readCsv(text)].flatMap((record) => record.cells)
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([])
    expect(cells).toContain("'=1+1")
    const taken = server.store.read.selectFrom('audit').select('detail').where('kind', '=', 'users-exported')
    expect((await taken.execute()).map(({ detail }) => JSON.parse(detail))).toMatchObject([
      { act: 'users.export', by: { role: 'administrator' } },
    ])
    const again = await preview(text)
    expect(again.body).toMatchObject({ added: 0, changed: 0, faultCount: 0 })
    expect(again.body.unchanged).toBeGreaterThanOrEqual(names.length)
    const groups = await administrator.call<{ groups: GroupView[] }>('GET', '/groups')
    const night = groups.body.groups.find(({ name }) => name === 'Night shift')
    const some = await administrator.call('GET', `/users.csv?group=${night?.id}`)
    expect([...readCsv(some.text)].map((record) => record.cells[0])).toEqual(['username', 'ANN'])
  })

  it('two that arrive together, and an edit in between, lose nothing', async () => {
    const [one, two] = await Promise.all([load('username,name\nzoe,Zoe\n'), load('username,name\nzoe,Zoë\n')])
    expect([said(one), said(two)]).toEqual(['200', '200'])
    expect([one.body.added + two.body.added, one.body.changed + two.body.changed]).toEqual([1, 1])
    expect((await found('zoe')).map(({ version }) => version)).toEqual([2])
  })

  it('are read only as what they are, and from whom may', async () => {
    expect(said(await send('/user-imports', 'username\nx', { 'content-type': 'application/json' }))).toBe(
      '400 malformed',
    )
    expect(said(await send('/user-imports', new Uint8Array([0x75, 0xff, 0xfe])))).toBe('400 malformed')
    expect(said(await send('/user-imports', new Uint8Array(33 * 1024 * 1024)))).toBe('413 body-too-large')
    const nobody = { authorization: 'Bearer cso_00000000000000000000000000' }
    expect(said(await send('/user-imports', 'x'.repeat(1_000_000), nobody))).toBe('401 unauthenticated')
    const helper = await programOf(server, 'help-desk')
    const asHelper = { authorization: `Bearer ${helper.token}` }
    expect(said(await send('/user-imports', 'username\nx', asHelper))).toBe('403 forbidden')
    const bea = await operatorOf(server, 'administrator')
    await clock.advance(6 * 60_000)
    expect(said(await bea.call('POST', '/user-imports', undefined, CSV))).toBe('403 fresh-passkey-required')
    expect(said(await bea.call('POST', '/user-imports', undefined, { ...CSV, origin: 'https://evil.example' }))).toBe(
      '403 cross-site',
    )
  })
})

describe.each(ENGINES)('a large file of people on %s', (engine) => {
  const file = crew(2000)
  const sendTo = <Body>(server: TestServer, { token }: WireProgram, path = '/user-imports') =>
    call<Body>(server.wire, 'POST', `/admin/v1${path}`, {
      headers: { authorization: `Bearer ${token}`, ...CSV },
      body: file,
    })

  it('lets others be answered between its steps', async () => {
    await using server = await startServer(engine)
    const program = await programOf(server, 'administrator')
    let isDone = false
    const loaded = sendTo<Imported>(server, program).finally(() => {
      isDone = true
    })
    const within = new Set<number>()
    while (!isDone) {
      expect((await call(server.wire, 'GET', '/healthz')).status).toBe(200)
      within.add(await countPeople(server))
    }
    expect((await loaded).body).toEqual({ added: 2000, changed: 0, unchanged: 0 })
    within.delete(0)
    within.delete(2000)
    expect(within.size).toBeGreaterThan(0)
  })

  it('that breaks off says how far it got, and does the rest when it is sent again', async () => {
    await using house = await newHouse(engine)
    const first = await startServer(engine, { house })
    const program = await programOf(first, 'administrator')
    const loaded = sendTo<BrokenOff>(first, program)
    while ((await countPeople(first)) === 0) await aTurn()
    first.running.parts.stop()
    const reply = await loaded
    expect(said(reply)).toBe('503 import-broken-off')
    const { added, line } = reply.body
    expect(added).toBeGreaterThan(0)
    expect(added).toBeLessThan(2000)
    expect([line, await countPeople(first)]).toEqual([added + 1, added])
    await first.close()

    await using second = await startServer(engine, { house })
    const left = { added: 2000 - added, changed: 0, unchanged: added }
    expect((await sendTo<ImportPreview>(second, program, '/user-imports/preview')).body).toMatchObject(left)
    expect((await sendTo<Imported>(second, program)).body).toEqual(left)
    expect(await countPeople(second)).toBe(2000)
    const told = await second.store.read
      .selectFrom('audit')
      .select('detail')
      .where('kind', '=', 'users-imported')
      .orderBy('seq')
      .execute()
    expect(told.map(({ detail }) => JSON.parse(detail))).toMatchObject([{ added, brokenOffAfterLine: line }, left])
  })

  it('is not looked at any further when its caller has left', async () => {
    await using server = await startServer(engine, { logLevel: 'info' })
    const { token } = await programOf(server, 'administrator')
    const call = request({
      ...{ host: '127.0.0.1', port: server.wire.port, method: 'POST', path: '/admin/v1/user-imports/preview' },
      headers: { host: new URL(server.wire.origin).host, authorization: `Bearer ${token}`, ...CSV },
    })
    call.on('error', () => undefined)
    let looks = 0
    const { read } = server.store
    const select = read.selectFrom.bind(read)
    const look = (from: never) => {
      // Asked when the whole file has been read, and before anybody in it is looked for.
      if (from === 'groups') call.destroy()
      if (from === 'users') looks++
      return select(from)
    }
    vi.spyOn(read, 'selectFrom').mockImplementation(look as never)
    call.end(crew(20_000))
    while (looks < 40 && !server.lines.some((line) => line.includes('"problem":"malformed"'))) await aTurn()
    expect(looks).toBeGreaterThan(0)
    expect(looks).toBeLessThan(40)
  })
})
