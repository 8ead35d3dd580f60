// What operators do about people and groups, and what it means for those people's sign-ins.
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../protocol/ids.ts'
import type { GroupList, GroupView } from '../../protocol/operator-api/groups.ts'
import type { UserList, UserShown } from '../../protocol/operator-api/users.ts'
import { verifyPassword } from '../../server/directory/verify-password.ts'
import { ENGINES } from '../support/engines.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { operatorOf, programOf, type WireProgram } from '../support/wire-operator.ts'
import { expectInvalid } from '../support/wire-problem.ts'

describe.each(ENGINES)('people on %s', (engine) => {
  const house = wireHouse(engine)
  let admin: WireProgram
  beforeAll(async () => {
    admin = await programOf(house.server, 'administrator')
  })

  const find = async (search: string, more = '') => {
    const { body } = await admin.call<UserList>('GET', `/users?search=${encodeURIComponent(search)}${more}`)
    return body.users
  }
  const idOf = async (username: string) => (await find(username))[0]?.id ?? 'usr_nobody'
  const show = async (id: string) => (await admin.call<UserShown>('GET', `/users/${id}`)).body
  const entries = (user: string) =>
    house.server.store.read
      .selectFrom('audit')
      .selectAll()
      .where('user_id', '=', user as never)
      .execute()

  it('are added, found by any of their names, and edited by whoever has seen them as they are', async () => {
    const added = await admin.call<UserShown>('POST', '/users', {
      username: 'mei',
      displayName: 'Mei-Ling van der Berg',
      email: 'm.vanderberg@example.org',
    })
    expect(said(added)).toBe('201')
    expect(added.headers.etag).toBe('"1"')
    for (const search of ['MEI', 'van', 'berg', 'vanderb', 'm.vanderberg@ex', 'mei berg'])
      expect((await find(search)).map(({ username }) => username)).toContain('mei')
    expect(await find('erg')).toEqual([])
    expect(await find('mei nobody')).toEqual([])
    const { id } = added.body
    const edited = await admin.call<UserShown>('PATCH', `/users/${id}`, { email: null }, { 'if-match': '"1"' })
    expect(edited.body).toMatchObject({ username: 'mei', email: null, version: 2 })
    expect(await find('m.vanderberg@')).toEqual([])
    expect(said(await admin.call('PATCH', `/users/${id}`, { displayName: 'X' }, { 'if-match': '"1"' }))).toBe(
      '412 changed-meanwhile',
    )
    expect(said(await admin.call('PATCH', `/users/${id}`, { displayName: 'X' }))).toBe('428 precondition-required')
    expect(await show(id)).toMatchObject({ displayName: 'Mei-Ling van der Berg', version: 2 })
  })

  it('are given a password once it was taken away, hear of it, and what was signed in by the one before is over', async () => {
    const username = await house.server.user()
    await house.server.device(username)
    const id = await idOf(username)
    const isRight = async (password: string) =>
      (await verifyPassword(house.server.running.parts, username, password)) !== undefined
    const set = (password: string) => admin.call('POST', `/users/${id}/password`, { password })
    expect(said(await set('first of all'))).toBe('204')
    expect([await isRight('first of all'), (await show(id)).hasPassword]).toEqual([true, true])
    const cleared = await admin.call('POST', `/users/${id}/password/clear`, { reason: 'it was told to somebody' })
    expect(cleared.status).toBeLessThan(300)
    expect(await isRight('first of all')).toBe(false)
    expect(said(await set('second of all'))).toBe('204')
    expect([await isRight('first of all'), await isRight('second of all')]).toEqual([false, true])
    expectInvalid(await set(''), '/password')
    expect(said(await set(`${username}2026`))).toBe('422 guessable-password')
    const kinds = (await entries(id)).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'password-set')).toHaveLength(2)
    const { read } = house.server.store
    const notices = await read
      .selectFrom('notices')
      .select('kind')
      .where('user_id', '=', id as never)
      .execute()
    expect(notices.filter(({ kind }) => kind === 'password-changed')).toHaveLength(2)
    expect(JSON.stringify(await entries(id))).not.toContain('of all')
  })

  it('get a password, another name or another address only from somebody whose passkey was used a moment ago', async () => {
    const bea = await operatorOf(house.server, 'administrator')
    const user = (await bea.call<UserShown>('POST', '/users', { username: 'kofi' })).body.id
    const edit = async (members: object) =>
      said(await bea.call('PATCH', `/users/${user}`, members, { 'if-match': `"${(await show(user)).version}"` }))
    const add = async (more: object) => said(await bea.call('POST', '/users', { username: 'esi', ...more }))
    await bea.signIn()
    await house.clock.advance(6 * 60_000)
    expect(await edit({ email: 'eve@example.com' })).toBe('403 fresh-passkey-required')
    expect(await edit({ username: 'esi' })).toBe('403 fresh-passkey-required')
    expect(await edit({ displayName: 'Kofi' })).toBe('200')
    expect(await add({ password: 'correct horse battery' })).toBe('403 fresh-passkey-required')
    expect(await add({})).toBe('201')
    await bea.confirm()
    expect(await edit({ email: 'kofi@example.org' })).toBe('200')
  })

  it('hear on their devices of an address that somebody else gave them', async () => {
    const { username, device } = await house.person()
    const id = await idOf(username)
    await admin.call('PATCH', `/users/${id}`, { email: 'eve@example.com' }, { 'if-match': '"1"' })
    const { body } = await device.call<{ notices: { kind: string }[] }>('GET', '/device/v1/notices')
    expect(body.notices.map(({ kind }) => kind)).toEqual(['addresses-changed'])
  })

  it('can’t be given what nobody may be called, nor a name that another has', async () => {
    await house.server.user('taken-name')
    expect(said(await admin.call('POST', '/users', { username: 'TAKEN-name' }))).toBe('409 username-taken')
    expectInvalid(await admin.call('POST', '/users', { username: 'x', email: 'nowhere' }), '/email')
    expectInvalid(await admin.call('POST', '/users', { username: 'x', displayName: 'a\u202eb' }), '/displayName')
    const id = await idOf(await house.server.user('other-name'))
    const rename = { username: 'Taken-Name' }
    expect(said(await admin.call('PATCH', `/users/${id}`, rename, { 'if-match': '"1"' }))).toBe('409 username-taken')
    expect(await show(id)).toMatchObject({ username: 'other-name', version: 1 })
  })

  it('and groups, renamed at once to one name: one is, the other is told', async () => {
    for (let round = 0; round < 5; round++) {
      const ids = [await idOf(await house.server.user()), await idOf(await house.server.user())]
      const username = `one-name-${round}`
      const edits = ids.map((id) => admin.call('PATCH', `/users/${id}`, { username }, { 'if-match': '"1"' }))
      expect((await Promise.all(edits)).map(said).sort()).toEqual(['200', '409 username-taken'])
      const groups = await Promise.all(
        ['a', 'b'].map((letter) => admin.call<GroupView>('POST', '/groups', { name: `${letter} ${round}` })),
      )
      const renames = groups.map(({ body: { id } }) =>
        admin.call('PATCH', `/groups/${id}`, { name: `one ${round}` }, { 'if-match': '"1"' }),
      )
      expect((await Promise.all(renames)).map(said).sort()).toEqual(['200', '409 group-name-taken'])
    }
  })

  it('who are suspended sign in nowhere, until they are resumed', async () => {
    const asked = await house.asked()
    const approved = await house.approved()
    for (const { username } of [asked, approved]) {
      const suspended = await admin.call('POST', `/users/${await idOf(username)}/suspend`, {
        reason: 'left the office',
      })
      expect(suspended.body).toMatchObject({ state: 'suspended' })
    }
    const { created, username, device, shown } = asked
    expect((await house.application.read(created.id)).body).toMatchObject({ state: 'cancelled' })
    expect(said(await device.decide(shown, 'approve', created.number))).toBe('409 already-settled')
    expect(said(await house.application.create(username))).toBe('409 no-token')
    const verify = { body: { username, passcode: device.passcode() } }
    expect((await house.application.call('POST', '/api/v1/passcodes/verify', verify)).body).toMatchObject({
      valid: false,
    })
    const { secret, id } = approved.created
    expect(said(await house.application.redeem(id, secret, approved.passcode))).toBe('410 expired')
    const id2 = await idOf(username)
    expect((await find(username, '&state=active')).length).toBe(0)
    expect((await find(username, '&state=suspended')).length).toBe(1)
    expect((await admin.call('POST', `/users/${id2}/resume`)).body).toMatchObject({ state: 'active' })
    expect(said(await house.application.create(username))).toBe('201')
    expect((await entries(id2)).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['user-suspended', 'cancelled', 'user-resumed']),
    )
  })

  it('are let in nowhere by what they approved in the moment before their suspension was written', async () => {
    const person = await house.person()
    const id = await idOf(person.username)
    const { store } = house.server
    const { write } = store
    const approved = new Promise<Awaited<ReturnType<typeof house.approved>>>((resolve, reject) => {
      store.write = async (work) => {
        store.write = write
        const asked = house.ask(person).then((given) => house.approved(given))
        asked.then(resolve, reject)
        await asked
        return write(work)
      }
    })
    const suspended = await admin.call('POST', `/users/${id}/suspend`, { reason: 'left' })
    expect(suspended.body).toMatchObject({ state: 'suspended' })
    const { created, passcode } = await approved
    expect(said(await house.application.redeem(created.id, created.secret, passcode))).toBe('410 expired')
  })

  it('who are suspended sign in by no temporary passcode either, nor are they given one', async () => {
    const { username } = await house.person()
    const id = await idOf(username)
    const why = { reason: 'their phone is in a lake' }
    const issue = () =>
      admin.call<{ passcode: string }>('POST', `/users/${id}/temporary-passcodes`, { ...why, once: false })
    const { passcode } = (await issue()).body
    const verify = async () => (await house.application.verify(username, passcode)).body
    expect(await verify()).toEqual({ valid: true, token: null })
    await admin.call('POST', `/users/${id}/suspend`, why)
    expect(await verify()).toEqual({ valid: false, reason: 'wrong' })
    expect(said(await issue())).toBe('409 user-suspended')
    await admin.call('POST', `/users/${id}/resume`)
    expect(await verify()).toEqual({ valid: false, reason: 'wrong' })
    const ended = (await entries(id)).filter(({ kind }) => kind === 'temporary-passcode-ended')
    expect(ended.map(({ detail }) => JSON.parse(detail))).toEqual([expect.objectContaining({ because: 'suspended' })])
    expect((await issue()).status).toBe(201)
  })

  it('who leave are forgotten, and what happened stays by their id', async () => {
    const { username, device, created } = await house.asked({}, { context: { ip: '203.0.113.7' } })
    const id = await idOf(username)
    expect(said(await admin.call('DELETE', `/users/${id}`))).toBe('204')
    expect(said(await house.application.create(username))).toBe('404 unknown-user')
    expect((await house.application.read(created.id)).body).toMatchObject({ state: 'cancelled' })
    expect(said(await device.call('GET', '/device/v1/tokens'))).toBe('401 unknown-device')
    expect(said(await admin.call('GET', `/users/${id}`))).toBe('404 unknown-user')
    expect(await find(username)).toEqual([])
    const kept = await entries(id)
    expect(kept.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['user-added', 'cancelled', 'user-removed']))
    const { read } = house.server.store
    const rows = [
      ...kept,
      ...(await read
        .selectFrom('login_requests')
        .selectAll()
        .where('id', '=', created.id as never)
        .execute()),
    ]
    for (const text of [username, '203.0.113.7']) expect(JSON.stringify(rows)).not.toContain(text)
    for (const table of ['tokens', 'user_words', 'throttles', 'enrolments'] as const)
      expect(
        await read
          .selectFrom(table)
          .selectAll()
          .where('user_id', '=', id as never)
          .execute(),
      ).toEqual([])
  })

  it('have groups that are listed a hundred at a time, each once, with as many members as it has', async () => {
    const groups = Array.from({ length: 130 }, (_, n) => ({
      id: newId('grp', (length) => new Uint8Array(randomBytes(length))),
      name: `Gang ${n}`,
      name_key: `gang ${String(n).padStart(3, '0')}`,
      version: 1,
      external_id: null,
      created_at: 0,
    }))
    const user = (await idOf(await house.server.user())) as never
    await house.server.store.write(async (tx) => {
      await tx.insertInto('groups').values(groups).execute()
      await tx
        .insertInto('group_members')
        .values({ group_id: groups[7]?.id as never, user_id: user })
        .execute()
    })
    const first = (await admin.call<GroupList>('GET', '/groups')).body
    expect(first.groups).toHaveLength(100)
    const second = (await admin.call<GroupList>('GET', `/groups?cursor=${first.next}`)).body
    expect(second.next).toBeNull()
    const all = [...first.groups, ...second.groups].filter(({ name }) => name.startsWith('Gang'))
    expect(all.map(({ name }) => name)).toEqual(groups.map(({ name }) => name))
    expect(all.map(({ members }) => members)).toEqual(groups.map((_group, n) => (n === 7 ? 1 : 0)))
    expectInvalid(await admin.call('GET', '/groups?cursor=x'), '/cursor')
  })

  it('are gathered in groups, and found by them', async () => {
    const { body: group } = await admin.call<GroupView>('POST', '/groups', { name: 'Night shift' })
    expect(said(await admin.call('POST', '/groups', { name: ' night SHIFT ' }))).toBe('409 group-name-taken')
    const ids = [await idOf(await house.server.user()), await idOf(await house.server.user())]
    for (const id of [...ids, ids[0]])
      expect(said(await admin.call('PUT', `/groups/${group.id}/members/${id}`))).toBe('204')
    const members = async () =>
      (await admin.call<UserList>('GET', `/users?group=${group.id}`)).body.users.map(({ id }) => id)
    expect((await members()).sort()).toEqual([...ids].sort())
    expect((await show(ids[0] ?? '')).groups).toEqual([{ id: group.id, name: 'Night shift' }])
    expect(said(await admin.call('DELETE', `/groups/${group.id}/members/${ids[0]}`))).toBe('204')
    expect(await members()).toEqual([ids[1]])
    const renamed = await admin.call<GroupView>('PATCH', `/groups/${group.id}`, { name: 'Days' }, { 'if-match': '"1"' })
    expect(renamed.body).toMatchObject({ name: 'Days', members: 1, version: 2 })
    expect(said(await admin.call('DELETE', `/groups/${group.id}`))).toBe('204')
    expect((await show(ids[1] ?? '')).groups).toEqual([])
    expect(said(await admin.call('PUT', `/groups/${group.id}/members/${ids[1]}`))).toBe('404 unknown-group')
  })
})
