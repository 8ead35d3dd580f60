// What Entra ID, Okta and authentik send, call by call, as their documentation describes it.
import { beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { errorOf, patchOf, type WireDirectory, wireDirectory } from '../support/wire-scim.ts'

type Shown = Json & { id: string }
type List = { totalResults: number; Resources: Shown[] }

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'

describe('on one server', () => {
  const house = wireHouse('sqlite')
  let directory: WireDirectory
  beforeAll(async () => {
    directory = await wireDirectory(house.server)
  })
  const find = async (kind: string, filter: string, more = '') =>
    (await directory.call<List>('GET', `/${kind}?filter=${encodeURIComponent(filter)}${more}`)).body
  const send = async (method: string, path: string, body?: Json) => {
    const reply = await directory.call<Shown>(method, path, body)
    expect([method, path, reply.status < 300, reply.text]).toEqual([method, path, true, reply.text])
    return reply
  }

  it('Entra ID tries the connection, adds, changes, disables, enables and removes somebody', async () => {
    expect(await find('Users', 'userName eq "non-existent-guid"')).toMatchObject({ totalResults: 0, Resources: [] })
    expect((await find('Users', 'userName eq "alice@harbour.example"')).totalResults).toBe(0)
    const { body: alice } = await send('POST', '/Users', {
      schemas: [USER, ENTERPRISE],
      externalId: 'alice',
      userName: 'alice@harbour.example',
      active: true,
      addresses: null,
      displayName: 'Alice Example',
      emails: [{ type: 'work', value: 'alice@harbour.example', primary: true }],
      meta: { resourceType: 'User' },
      name: { formatted: 'Alice Example', familyName: 'Example', givenName: 'Alice' },
      phoneNumbers: null,
      preferredLanguage: null,
      title: null,
      [ENTERPRISE]: { department: 'Harbour', manager: null },
    })
    const path = `/Users/${alice.id}`
    expect((await find('Users', 'externalId eq "alice"')).Resources.map(({ id }) => id)).toEqual([alice.id])
    const several = patchOf(
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'alice.smith@harbour.example' },
      { op: 'Replace', path: 'name.familyName', value: 'Smith' },
      { op: 'Add', path: `${ENTERPRISE}:department`, value: 'Pilots' },
      { op: 'Add', path: 'phoneNumbers[type eq "work"].value', value: '+45 1234' },
      { op: 'Replace', path: 'displayName', value: 'Alice Smith' },
    )
    expect((await send('PATCH', path, several)).body).toMatchObject({
      displayName: 'Alice Smith',
      name: { familyName: 'Smith', givenName: 'Alice' },
      emails: [{ value: 'alice.smith@harbour.example', type: 'work' }],
    })
    const dotted = { 'name.givenName': 'Alicia', 'emails[type eq "work"].value': 'a@harbour.example', title: 'Pilot' }
    expect((await send('PATCH', path, patchOf({ op: 'Replace', value: dotted }))).body).toMatchObject({
      name: { familyName: 'Smith', givenName: 'Alicia' },
      emails: [{ value: 'a@harbour.example' }],
    })
    expect(
      (await send('PATCH', path, patchOf({ op: 'Remove', path: 'emails[type eq "work"].value' }))).body,
    ).not.toHaveProperty('emails')
    expect(
      (
        await send(
          'PATCH',
          path,
          patchOf({ op: 'Add', path: 'emails[type eq "work"].value', value: 'b@harbour.example' }),
        )
      ).body,
    ).toMatchObject({
      emails: [{ value: 'b@harbour.example', type: 'work' }],
    })
    const able = (value: string) => patchOf({ op: 'Replace', path: 'active', value })
    expect((await send('PATCH', path, able('False'))).body.active).toBe(false)
    expect((await send('PATCH', path, able('True'))).body.active).toBe(true)
    await send('DELETE', path)
    expect(errorOf(await directory.call('GET', path))).toBe('404')
  })

  it('Entra ID keeps a group, never reading who is in it', async () => {
    const { body: bea } = await send('POST', '/Users', { userName: 'bea@harbour.example', active: true })
    expect((await find('Groups', 'displayName eq "Pilots"', '&excludedAttributes=members')).totalResults).toBe(0)
    const { body: group } = await send('POST', '/Groups', {
      schemas: [GROUP, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
      externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
      displayName: 'Pilots',
      meta: { resourceType: 'Group' },
    })
    const path = `/Groups/${group.id}`
    const add = patchOf({ op: 'Add', path: 'members', value: [{ $ref: null, value: bea.id }] })
    expect((await send('PATCH', path, add)).status).toBe(204)
    expect((await send('PATCH', path, add)).status).toBe(204)
    const asked = await find('Groups', `id eq "${group.id}" and members eq "${bea.id}"`, '&excludedAttributes=members')
    expect(asked.totalResults).toBe(1)
    expect((await send('GET', `${path}?excludedAttributes=members`)).body).not.toHaveProperty('members')
    await send('PATCH', path, patchOf({ op: 'Replace', path: 'displayName', value: 'Harbour pilots' }))
    await send('PATCH', path, patchOf({ op: 'Remove', path: 'members', value: [{ $ref: null, value: bea.id }] }))
    expect((await send('GET', path)).body).toMatchObject({ displayName: 'Harbour pilots', members: [] })
    await send('DELETE', path)
  })

  it('Okta adds somebody, replaces them whole, deactivates them and pushes a group', async () => {
    await send('GET', '/Users?startIndex=1&count=2')
    expect((await find('Users', 'userName eq "carl@harbour.example"', '&startIndex=1&count=100')).totalResults).toBe(0)
    const whole = {
      schemas: [USER],
      userName: 'carl@harbour.example',
      name: { givenName: 'Carl', familyName: 'Example' },
      emails: [{ primary: true, value: 'carl@harbour.example', type: 'work' }],
      displayName: 'Carl Example',
      locale: 'en-US',
      externalId: '00ujl29u0le5T6Aj10h7',
      groups: [],
      password: '1mz050nq',
      active: true,
    }
    const { body: carl } = await send('POST', '/Users', whole)
    expect(carl).toMatchObject({ name: { givenName: 'Carl', familyName: 'Example' }, active: true })
    expect(JSON.stringify(carl)).not.toContain('1mz050nq')
    const path = `/Users/${carl.id}`
    const read = (await send('GET', path)).body
    const renamed = { ...read, name: { givenName: 'Karl', familyName: 'Example' }, displayName: 'Karl Example' }
    expect((await send('PUT', path, renamed)).body).toMatchObject({
      displayName: 'Karl Example',
      externalId: whole.externalId,
    })
    const off = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', value: { active: false } }],
    }
    expect((await send('PATCH', path, off)).body.active).toBe(false)
    const { body: group } = await send('POST', '/Groups', {
      schemas: [GROUP],
      displayName: 'Divers',
      members: [{ value: carl.id, display: 'carl@harbour.example' }],
    })
    const push = patchOf(
      { op: 'replace', value: { id: group.id, displayName: 'Harbour divers' } },
      { op: 'remove', path: `members[value eq "${carl.id}"]` },
      { op: 'add', path: 'members', value: [{ value: carl.id, display: 'carl@harbour.example' }] },
    )
    expect((await send('PATCH', `/Groups/${group.id}`, push)).status).toBe(204)
    expect((await send('GET', `/Groups/${group.id}`)).body).toMatchObject({
      displayName: 'Harbour divers',
      members: [{ value: carl.id }],
    })
    expect((await find('Users', 'userName eq "carl@harbour.example"')).Resources[0]).toMatchObject({ active: false })
  })

  it('authentik asks what we can do, adopts who is there, and brings a group’s members into step', async () => {
    const { body: config } = await send('GET', '/ServiceProviderConfig')
    expect(config).toMatchObject({ patch: { supported: true }, bulk: { supported: false, maxOperations: 0 } })
    const dora = {
      schemas: [USER],
      userName: 'dora',
      name: { formatted: 'Dora Example', givenName: 'Dora', familyName: 'Example' },
      displayName: 'Dora Example',
      active: true,
      emails: [{ value: 'dora@harbour.example', type: 'other', primary: true }],
      externalId: 'f5c3b1',
      photos: [],
    }
    const { body: added } = await send('POST', '/Users', dora)
    expect(errorOf(await directory.call('POST', '/Users', dora))).toBe('409 uniqueness')
    expect((await find('Users', 'userName eq "dora"')).Resources.map(({ id }) => id)).toEqual([added.id])
    await send('PUT', `/Users/${added.id}`, { ...dora, id: added.id, active: false })
    const { body: group } = await send('POST', '/Groups', { schemas: [GROUP], displayName: 'Crew', externalId: 'g' })
    const path = `/Groups/${group.id}`
    expect((await send('GET', path)).body.members).toEqual([])
    await send(
      'PATCH',
      path,
      patchOf({ op: 'replace', value: { schemas: [GROUP], id: group.id, displayName: 'Crew', externalId: 'g2' } }),
    )
    await send('PATCH', path, patchOf({ op: 'add', path: 'members', value: [{ value: added.id }] }))
    expect((await send('GET', path)).body).toMatchObject({ externalId: 'g2', members: [{ value: added.id }] })
    await send('PATCH', path, patchOf({ op: 'remove', path: 'members', value: [{ value: added.id }] }))
    const { body: all } = await directory.call<List>('GET', '/Groups')
    expect(all.Resources).toHaveLength(all.totalResults)
    await send('DELETE', `/Users/${added.id}`)
  })
})
