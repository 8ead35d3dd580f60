// /scim/v2 over real HTTP, on both engines: what a directory that provisions us does, and what it may not.
import { beforeAll, describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { provisioning, type Shown } from '../support/provisioning.ts'
import { limits, startServer } from '../support/server.ts'
import type { Json, Reply } from '../support/wire-call.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'
import { errorOf, patchOf, wireDirectory } from '../support/wire-scim.ts'

describe.each(ENGINES)('a directory that provisions by SCIM on %s', (engine) => {
  const scim = provisioning(engine)
  const { house, unique, newName, user, group, read, list, found } = scim
  let owner: WireProgram
  beforeAll(async () => {
    owner = await programOf(house.server, 'owner')
  })

  const membersOf = async (id: string) => (await read(`/Groups/${id}`)).members as { value: string }[]
  const audited = async (id: string) => {
    const rows = await house.server.store.read
      .selectFrom('audit')
      .select(['kind', 'actor_id', 'detail'])
      .where('user_id', '=', id as never)
      .orderBy('seq')
      .execute()
    return rows.map(({ kind, actor_id, detail }) => ({ kind, actor: actor_id, ...JSON.parse(detail) }))
  }

  it('adds somebody, who is in the directory as an operator sees it', async () => {
    const userName = newName()
    const sent = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName,
      externalId: 'a1b2',
      name: { givenName: 'Alice', familyName: 'Example', formatted: 'Alice Example' },
      emails: [
        { value: 'home@harbour.example', type: 'home' },
        { value: 'alice@harbour.example', type: 'work', primary: true },
      ],
      active: true,
      title: 'Pilot',
    }
    const added = await scim.directory.call<Shown>('POST', '/Users', sent)
    const { id, meta } = added.body
    expect([added.status, added.headers['content-type'], added.headers.location]).toEqual([
      201,
      'application/scim+json',
      `${house.server.wire.origin}/scim/v2/Users/${id}`,
    ])
    expect(added.headers.etag).toBe(meta.version)
    expect(added.body).toMatchObject({
      userName,
      externalId: 'a1b2',
      displayName: 'Alice Example',
      name: { givenName: 'Alice', familyName: 'Example' },
      emails: [{ value: 'alice@harbour.example', type: 'work' }],
      active: true,
      groups: [],
      meta: { resourceType: 'User', location: added.headers.location },
    })
    expect(added.body).not.toHaveProperty('title')
    expect((await owner.call('GET', `/users/${id}`)).body).toMatchObject({
      username: userName,
      displayName: 'Alice Example',
      email: 'alice@harbour.example',
      state: 'active',
      hasPassword: false,
      passwordElsewhere: false,
    })
    expect(await audited(id)).toEqual([
      expect.objectContaining({
        kind: 'user-added',
        actor: scim.directory.tokenId,
        act: 'scim.provision',
        by: expect.objectContaining({ kind: 'api-token', role: 'provisioning' }),
      }),
    ])
  })

  it('is told of a user name that is taken, whatever its case', async () => {
    const { userName } = await user()
    const again = await scim.directory.call('POST', '/Users', { userName: String(userName).toUpperCase() })
    expect(errorOf(again)).toBe('409 uniqueness')
    expect(again.body).toMatchObject({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '409' })
    const other = await user()
    expect(errorOf(await scim.directory.call('PUT', `/Users/${other.id}`, { userName }))).toBe('409 uniqueness')
  })

  const heldIn = async (username: string) => (await found(`userName eq "${username}"`))[0] ?? ''
  const rename = async (id: string, userName: string) =>
    errorOf(await scim.directory.call('PATCH', `/Users/${id}`, patchOf({ op: 'replace', value: { userName } })))

  it('gives nobody the name that was somebody else’s a day ago, so that what asks for her does not ring at his device', async () => {
    const { username: alice, device } = await house.person()
    const { username: mallory, device: his } = await house.person()
    const [hers, theirs] = [await heldIn(alice), await heldIn(mallory)]
    const told = async (at: typeof device) => {
      const { body } = await at.call<{ notices: { kind: string; username: string }[] }>('GET', '/device/v1/notices')
      return body.notices.map(({ kind, username }) => [kind, username])
    }
    expect(await rename(hers, `${alice}-old`)).toBe('200')
    expect(await told(device)).toEqual([['renamed', `${alice}-old`]])
    expect(await rename(theirs, alice.toUpperCase())).toBe('409 uniqueness')
    expect(await told(his)).toEqual([])
    // Back, as at a mistake; under the same name with other capitals nobody is called otherwise.
    expect([await rename(hers, alice), await rename(hers, alice.toUpperCase())]).toEqual(['200', '200'])
    expect(await told(device)).toHaveLength(2)

    expect(await rename(hers, `${alice}-old`)).toBe('200')
    await house.clock.jump(24 * 60 * 60_000 - 1)
    expect(await rename(theirs, alice)).toBe('409 uniqueness')
    await house.clock.jump(1)
    expect(await rename(theirs, alice)).toBe('200')
    expect(await told(his)).toEqual([['renamed', alice]])
  })

  it('an operator gives such a name at once; of somebody who was removed it is a new person’s, and no other’s', async () => {
    const [one, two] = [await user(), await user()]
    const [first, second] = [String(one.userName), String(two.userName)]
    expect(await rename(one.id, `${first}-old`)).toBe('200')
    const { version } = (await owner.call<{ version: number }>('GET', `/users/${two.id}`)).body
    const given = await owner.call('PATCH', `/users/${two.id}`, { username: first }, { 'if-match': `"${version}"` })
    expect(given.status).toBe(200)
    expect((await scim.directory.call('DELETE', `/Users/${two.id}`)).status).toBe(204)
    expect(await rename(one.id, first)).toBe('409 uniqueness')
    expect(await rename(one.id, second)).toBe('409 uniqueness')
    expect(errorOf(await scim.directory.call('POST', '/Users', { userName: first }))).toBe('201')
  })

  it.each(['Users', 'Groups'])(
    'gives %s no id of the LDAP directory and takes none away, and may send one back',
    async (kind) => {
      const made = await (kind === 'Users' ? user() : group())
      const path = `/${kind}/${made.id}`
      const named = { userName: made.userName, displayName: made.displayName }
      const put = async (externalId: string) =>
        errorOf(await scim.directory.call('PUT', path, { ...named, externalId }))
      const set = patchOf({ op: 'replace', value: { externalId: 'ldap:11111111-2222' } })
      expect(errorOf(await scim.directory.call('PATCH', path, set))).toBe('400 invalidValue')
      expect(await put('LDAP:11111111-2222')).toBe('400 invalidValue')
      const another = { userName: newName(), displayName: newName(), externalId: 'ldap:1' }
      expect(errorOf(await scim.directory.call('POST', `/${kind}`, another))).toBe('400 invalidValue')
      const table = kind === 'Users' ? 'users' : 'groups'
      await house.server.store.write((tx) =>
        tx
          .updateTable(table as 'users')
          .set({ external_id: 'ldap:1' })
          .where('id', '=', made.id as never)
          .execute(),
      )
      expect(await put('ldap:1')).toBe('200')
      expect(await put('ldap:2')).toBe('400 invalidValue')
      expect(await put('a1b2')).toBe('400 invalidValue')
      // What other directories know nothing of is not theirs to take away.
      expect(errorOf(await scim.directory.call('PUT', path, named))).toBe('200')
      const removed = await scim.directory.call<Shown>('PATCH', path, patchOf({ op: 'remove', path: 'externalId' }))
      expect([errorOf(removed), (await scim.directory.call<Shown>('GET', path)).body.externalId]).toEqual([
        kind === 'Users' ? '200' : '204',
        'ldap:1',
      ])
    },
  )

  it('replaces somebody whole, and twice is once', async () => {
    const { id, userName, externalId } = await user({ externalId: 'x', name: { familyName: 'Example' } })
    expect(externalId).toBe('x')
    const body = { userName, displayName: 'Alice', emails: [{ value: 'a@harbour.example' }], active: true }
    const first = await scim.directory.call<Shown>('PUT', `/Users/${id}`, body)
    expect([first.status, first.body.displayName, first.body.externalId, first.body.name]).toEqual([
      200,
      'Alice',
      undefined,
      undefined,
    ])
    const entries = (await audited(id)).length
    const second = await scim.directory.call<Shown>('PUT', `/Users/${id}`, body)
    expect([second.status, second.body.meta]).toEqual([200, first.body.meta])
    expect((await audited(id)).length).toBe(entries)
  })

  it('suspends somebody at once: what asks as them ends, and they sign in nowhere until they are resumed', async () => {
    const { username, device } = await house.person()
    const { id } = (await list(`/Users?filter=${encodeURIComponent(`userName eq "${username}"`)}`))
      .Resources[0] as Shown
    const asked = await house.ask({ username, device })
    const off = patchOf({ op: 'replace', value: { active: false } })
    const suspended = await scim.directory.call<Shown>('PATCH', `/Users/${id}`, off)
    expect([suspended.status, suspended.body.active]).toEqual([200, false])
    const { body } = await house.application.read(asked.created.id, { secret: asked.created.secret })
    expect(body.state).toBe('cancelled')
    expect((await house.application.ask(username).catch((error: Error) => error.message)) as unknown).toMatch(/4\d\d/)
    expect((await scim.directory.call('PATCH', `/Users/${id}`, off)).status).toBe(200)
    const on = patchOf({ op: 'Replace', path: 'active', value: 'True' })
    expect((await scim.directory.call<Shown>('PATCH', `/Users/${id}`, on)).body.active).toBe(true)
    const kinds = (await audited(id)).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'user-suspended' || kind === 'user-resumed')).toEqual([
      'user-suspended',
      'user-resumed',
    ])
  })

  it('changes nothing where one part of a change is refused', async () => {
    const { userName: taken } = await user()
    const { id, meta } = await user()
    const both = patchOf({ op: 'replace', value: { active: false, userName: taken } })
    expect(errorOf(await scim.directory.call('PATCH', `/Users/${id}`, both))).toBe('409 uniqueness')
    expect(await read(`/Users/${id}`)).toMatchObject({ active: true, meta })
  })

  it('removes somebody: who they were is gone, that there was somebody stays', async () => {
    const { id, userName } = await user({ displayName: 'Alice Secret', emails: [{ value: 'secret@harbour.example' }] })
    const { id: inside } = await group({ members: [{ value: id }] })
    const before = (await read(`/Groups/${inside}`)).meta.version
    expect((await scim.directory.call('DELETE', `/Users/${id}`)).status).toBe(204)
    expect(errorOf(await scim.directory.call('GET', `/Users/${id}`))).toBe('404')
    expect(errorOf(await scim.directory.call('DELETE', `/Users/${id}`))).toBe('404')
    const entries = await audited(id)
    expect(entries.map(({ kind }) => kind)).toEqual(['user-added', 'group-member-added', 'user-removed'])
    expect(JSON.stringify(entries)).not.toContain(userName)
    expect(await membersOf(inside)).toEqual([])
    expect((await read(`/Groups/${inside}`)).meta.version).not.toBe(before)
  })

  it('keeps the members of a group', async () => {
    const [one, two, three] = [await user(), await user(), await user()]
    const { id, meta } = await group({ externalId: 'g1', members: [{ value: one.id }] })
    const change = (...operations: Json[]) => scim.directory.call('PATCH', `/Groups/${id}`, patchOf(...operations))
    const ids = async () => (await membersOf(id)).map(({ value }) => value).sort()
    const add = await change({ op: 'add', path: 'members', value: [{ value: two.id }, { value: three.id }] })
    expect([add.status, add.text, add.headers.etag]).toEqual([204, '', (await read(`/Groups/${id}`)).meta.version])
    expect(add.headers.etag).not.toBe(meta.version)
    expect(await ids()).toEqual([one.id, two.id, three.id].sort())
    const again = await change({ op: 'add', path: 'members', value: [{ value: two.id }] })
    expect([again.status, again.headers.etag]).toEqual([204, add.headers.etag])
    await change({ op: 'remove', path: `members[value eq "${one.id}"]` })
    await change({ op: 'Remove', path: 'members', value: [{ value: two.id }] })
    expect(await ids()).toEqual([three.id])
    await change(
      { op: 'replace', path: 'members', value: [{ value: one.id }] },
      { op: 'add', path: 'members', value: [{ value: two.id }] },
    )
    expect(await ids()).toEqual([one.id, two.id].sort())
    expect(((await read(`/Users/${two.id}`)).groups as Json[])[0]).toMatchObject({ value: id })
    const renamed = await scim.directory.call<Shown>('PUT', `/Groups/${id}`, {
      displayName: `Pilots ${id}`,
      members: [],
    })
    expect(renamed.body).toMatchObject({ displayName: `Pilots ${id}`, members: [] })
    expect(renamed.body).not.toHaveProperty('externalId')
    await change({ op: 'add', path: 'members', value: [{ value: one.id }] })
    await change({ op: 'remove', path: 'members' })
    expect(await ids()).toEqual([])
    expect((await scim.directory.call('DELETE', `/Groups/${id}`)).status).toBe(204)
    expect(errorOf(await scim.directory.call('GET', `/Groups/${id}`))).toBe('404')
  })

  it('is refused members that are nobody, and then nothing has happened', async () => {
    const { id } = await user()
    const nobody = `usr_${'0'.repeat(26)}`
    const wrong = { displayName: unique('Group '), members: [{ value: id }, { value: nobody }] }
    expect(errorOf(await scim.directory.call('POST', '/Groups', wrong))).toBe('400 invalidValue')
    expect(await found(`displayName eq "${wrong.displayName}"`, 'Groups')).toEqual([])
    const { id: groupId } = await group()
    const add = patchOf({ op: 'add', path: 'members', value: [{ value: id }, { value: nobody }] })
    expect(errorOf(await scim.directory.call('PATCH', `/Groups/${groupId}`, add))).toBe('400 invalidValue')
    expect(await membersOf(groupId)).toEqual([])
    // Whoever is gone is not in it: for that a directory need not ask first.
    const leave = patchOf({ op: 'remove', path: 'members', value: [{ value: nobody }] })
    expect((await scim.directory.call('PATCH', `/Groups/${groupId}`, leave)).status).toBe(204)
  })

  it('overwrites nothing that was changed meanwhile, and is not sent what it knows', async () => {
    const { id, meta } = await user()
    const rename = (ifMatch: string) =>
      scim.directory.call<Shown>(
        'PATCH',
        `/Users/${id}`,
        patchOf({ op: 'replace', path: 'displayName', value: ifMatch }),
        {
          'if-match': ifMatch,
        },
      )
    expect(
      (await scim.directory.call('GET', `/Users/${id}`, undefined, { 'if-none-match': meta.version })).status,
    ).toBe(304)
    const renamed = await rename(meta.version)
    expect(renamed.status).toBe(200)
    expect(errorOf(await rename(meta.version))).toBe('412')
    expect(errorOf(await rename('"nonsense"'))).toBe('412')
    expect((await rename(`"x", ${renamed.headers.etag}`)).status).toBe(200)
    expect((await rename('*')).status).toBe(200)
    expect(errorOf(await scim.directory.call('DELETE', `/Users/${id}`, undefined, { 'if-match': meta.version }))).toBe(
      '412',
    )
    const known = (await read(`/Users/${id}`)).meta.version
    const { id: inside, meta: was } = await group({ members: [{ value: id }] })
    expect((await scim.directory.call('GET', `/Users/${id}`, undefined, { 'if-none-match': known })).status).toBe(200)
    await scim.directory.call('PATCH', `/Groups/${inside}`, patchOf({ op: 'remove', path: 'members' }))
    const late = { displayName: 'Late' }
    for (const method of ['PUT', 'DELETE']) {
      const body = method === 'PUT' ? late : undefined
      expect(errorOf(await scim.directory.call(method, `/Groups/${inside}`, body, { 'if-match': was.version }))).toBe(
        '412',
      )
    }
    expect(
      (await scim.directory.call('GET', `/Groups/${inside}`, undefined, { 'if-none-match': was.version })).status,
    ).toBe(200)
  })

  it('may change many things at the same time, and none is lost', async () => {
    const { id } = await user()
    const people = await Promise.all(Array.from({ length: 8 }, () => user()))
    const { id: inside } = await group()
    const replies = await Promise.all([
      ...people.map(({ id: member }) =>
        scim.directory.call(
          'PATCH',
          `/Groups/${inside}`,
          patchOf({ op: 'add', path: 'members', value: [{ value: member }] }),
        ),
      ),
      scim.directory.call('PATCH', `/Users/${id}`, patchOf({ op: 'replace', path: 'displayName', value: 'Alice' })),
      scim.directory.call('PATCH', `/Users/${id}`, patchOf({ op: 'replace', path: 'externalId', value: 'e' })),
      scim.directory.call('PATCH', `/Users/${id}`, patchOf({ op: 'replace', path: 'active', value: false })),
    ])
    expect(replies.map(({ status }) => status).filter((status) => status >= 300)).toEqual([])
    expect((await membersOf(inside)).length).toBe(8)
    expect(await read(`/Users/${id}`)).toMatchObject({ displayName: 'Alice', externalId: 'e', active: false })
  })

  it('writes names as the rules of names allow', async () => {
    const rightToLeft = 'אליס הדוגמה'
    expect((await user({ displayName: rightToLeft })).displayName).toBe(rightToLeft)
    const refused: Json[] = [
      { userName: newName(), displayName: 'x'.repeat(200) },
      { userName: newName(), displayName: 'a\u202eb' },
      { userName: 'x'.repeat(65) },
      { userName: ' ' },
      { userName: newName(), emails: [{ value: 'no address' }] },
      { userName: newName(), name: { givenName: 'x'.repeat(129) } },
      { userName: newName(), externalId: 'x'.repeat(257) },
      { userName: newName(), active: 'perhaps' },
      { userName: newName(), emails: 'a@harbour.example' },
      { displayName: 'Nobody' },
      { userName: 4 },
    ]
    for (const body of refused) {
      const reply = await scim.directory.call('POST', '/Users', body)
      expect([body, errorOf(reply)]).toEqual([body, '400 invalidValue'])
    }
    const said = await scim.directory.call<{ detail: string }>('POST', '/Users', refused[0] as Json)
    expect(said.body.detail).toBe('displayName must have at most 128 characters.')
  })

  it('is refused changes that can’t be read', async () => {
    const { id } = await user()
    const expected: [Json, string][] = [
      [patchOf({ op: 'destroy', path: 'displayName' }), '400 invalidSyntax'],
      [patchOf({ op: 'replace', path: 'shoeSize', value: 43 }), '400 invalidPath'],
      [patchOf({ op: 'replace', path: 'emails[type eq', value: 'x' }), '400 invalidPath'],
      [patchOf({ op: 'replace', path: '__proto__', value: 'x' }), '400 invalidPath'],
      [patchOf({ op: 'replace', path: 'id', value: 'x' }), '400 mutability'],
      [patchOf({ op: 'add', path: 'groups', value: [] }), '400 mutability'],
      [patchOf({ op: 'remove' }), '400 noTarget'],
      [patchOf({ op: 'replace', value: 'x' }), '400 invalidValue'],
      [patchOf({ op: 'replace', path: 'displayName' }), '400 invalidValue'],
      [patchOf({ op: 'replace', path: 'displayName', value: { a: 1 } }), '400 invalidValue'],
      [patchOf({ op: 'replace', path: 'name', value: 'Alice' }), '400 invalidValue'],
      [patchOf({ op: 'replace', path: 'emails', value: [null, 4] }), '400 invalidValue'],
      [patchOf({ op: 'remove', path: 'userName' }), '400 invalidValue'],
      [patchOf(), '400 invalidValue'],
      [{ Operations: 'all' }, '400 invalidValue'],
    ]
    for (const [body, error] of expected) {
      const reply = await scim.directory.call('PATCH', `/Users/${id}`, body)
      expect([body, errorOf(reply)]).toEqual([body, error])
    }
  })

  it('is refused bodies that can’t be read', async () => {
    const send = (body: string, type = 'application/scim+json') =>
      scim.directory.send('POST', '/Users', body, { 'content-type': type })
    expect(errorOf(await send('{'))).toBe('400 invalidSyntax')
    expect(errorOf(await send('{}', 'text/plain'))).toBe('400 invalidSyntax')
    expect(errorOf(await send('[]'))).toBe('400 invalidValue')
    expect(errorOf(await send('['.repeat(50_000) + ']'.repeat(50_000)))).toBe('400 invalidSyntax')
    expect(errorOf(await send(`{"userName":"${'x'.repeat(1024 * 1024)}"}`))).toBe('413')
    expect((await send(JSON.stringify({ USERNAME: newName() }), 'application/json; charset=utf-8')).status).toBe(201)
    expect(errorOf(await scim.directory.call('POST', '/Bulk', {}))).toBe('501')
    expect(errorOf(await scim.directory.call('GET', '/Nothing'))).toBe('404')
    expect(errorOf(await scim.directory.call('DELETE', '/Users'))).toBe('405')
    expect(errorOf(await scim.directory.call('GET', '/Users/usr_nobody'))).toBe('404')
  })

  it('opens nothing else, and nobody but it and administrators opens this', async () => {
    for (const path of ['/users', '/session', '/audit', '/reports', '/operators'])
      expect([path, (await scim.directory.program.call('GET', path)).status]).toEqual([path, 403])
    const more = { name: 'more', role: 'provisioning' }
    expect((await scim.directory.program.call('POST', '/api-tokens', more)).status).toBe(403)
    const status = async (headers: Record<string, string>) =>
      errorOf(await scim.directory.send('GET', '/Users', undefined, headers))
    const as = async (role: 'owner' | 'administrator' | 'help-desk' | 'auditor') =>
      status({ authorization: `Bearer ${(await programOf(house.server, role)).token}` })
    expect([await as('owner'), await as('administrator')]).toEqual(['200', '200'])
    expect([await as('help-desk'), await as('auditor')]).toEqual(['403', '403'])
    expect(await status({ authorization: `Bearer cso_${'0'.repeat(26)}` })).toBe('401')
    expect(await status({ authorization: 'Basic YTpi' })).toBe('401')
    const nobody = await scim.directory.send('GET', '/Users', undefined, { authorization: '' })
    expect([errorOf(nobody), nobody.headers['www-authenticate']]).toEqual(['401', 'Bearer'])
  })
})

it('goes no faster than its token may, and is on the public origin only', async () => {
  await using server = await startServer('sqlite', {
    env: {
      ...limits({ provisioningCalls: { count: 2, seconds: 600 } }),
      COUNTERSIGN_URL: 'https://id.example.org',
      COUNTERSIGN_APP_URL: 'https://app.example.org',
    },
  })
  const [one, other] = [await wireDirectory(server), await wireDirectory(server)]
  const calls: Reply[] = []
  for (let n = 0; n < 3; n++) calls.push(await one.call('GET', '/ServiceProviderConfig'))
  expect(calls.map(({ status }) => status)).toEqual([200, 200, 429])
  expect(Number(calls[2]?.headers['retry-after'])).toBeGreaterThan(500)
  expect((await other.call('GET', '/ServiceProviderConfig')).status).toBe(200)
  expect((await other.on(server.appWire).call('GET', '/ServiceProviderConfig')).status).toBe(404)
})
