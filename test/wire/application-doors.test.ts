// To whom an application is open, how it presents itself, and its client secret that is replaced.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApplicationView } from '../../protocol/operator-api/applications.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { WireApplication } from '../support/wire-application.ts'
import { call, said, send } from '../support/wire-call.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'

const HOUR = 3_600_000
const CALLBACK = 'https://intranet.example.org/callback'
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
type Added = { id: string; apiKey: string; clientSecret: string }

describe.each(ENGINES)('the doors of applications on %s', (engine) => {
  const clock = new ManualClock()
  let server: TestServer
  let admin: WireProgram
  beforeAll(async () => {
    server = await startServer(engine, { clock })
    admin = await programOf(server, 'administrator')
  })
  afterAll(() => server.close())

  const add = async (name = 'Intranet') =>
    (await admin.call<Added>('POST', '/applications', { name, redirectUris: [CALLBACK] })).body
  const show = async (id: string) => (await admin.call<ApplicationView>('GET', `/applications/${id}`)).body
  const edit = async (id: string, body: object) =>
    admin.call<ApplicationView>('PATCH', `/applications/${id}`, body, { 'if-match': `"${(await show(id)).version}"` })
  const group = async (name: string) => (await admin.call<{ id: string }>('POST', '/groups', { name })).body.id
  const idOf = async (username: string) => {
    const { body } = await admin.call<{ users: { id: string }[] }>('GET', `/users?search=${username}`)
    return body.users[0]?.id
  }

  it('are closed to whoever is in none of the groups, who is told as if nobody were called that', async () => {
    const { id, apiKey } = await add()
    const intranet = new WireApplication(server.wire, apiKey)
    const [inside, outside] = [await server.user(), await server.user()]
    for (const username of [inside, outside]) await server.device(username)
    const staff = await group('Staff')
    expect((await edit(id, { groups: [staff] })).body.groups).toEqual([{ id: staff, name: 'Staff' }])
    await admin.call('PUT', `/groups/${staff}/members/${await idOf(inside)}`)
    await clock.advance(2000)
    const verify = async (username: string) =>
      said(await intranet.call('POST', '/api/v1/passcodes/verify', { body: { username, passcode: '123456' } }))
    expect([said(await intranet.create(inside)), await verify(inside)]).toEqual(['201', '200'])
    expect([said(await intranet.create(outside)), await verify(outside)]).toEqual([
      '404 unknown-user',
      '404 unknown-user',
    ])
    // Without its only group it is open to nobody, not to everybody.
    expect(said(await admin.call('DELETE', `/groups/${staff}`))).toBe('204')
    expect(said(await intranet.create(inside))).toBe('404 unknown-user')
    expect((await show(id)).groups).toEqual([])
    await edit(id, { groups: null })
    await clock.advance(2000)
    expect(said(await intranet.create(outside))).toBe('201')
  })

  it('are opened to no group that is not there', async () => {
    const { id } = await add()
    const gone = await group('Gone')
    await admin.call('DELETE', `/groups/${gone}`)
    const refused = await edit(id, { groups: [gone] })
    expect([said(refused), refused.body]).toMatchObject([
      '422 invalid',
      { errors: { '/groups/0': expect.any(String) } },
    ])
    expect((await show(id)).groups).toBeNull()
  })

  it('show a picture and a text of their own, and never a page in the place of a picture', async () => {
    const [{ id }, other] = [await add(), await add('Other')]
    const { body } = await edit(id, { icon: PIXEL, loginText: 'For staff. <b>Ask 4711</b>' })
    expect(body).toMatchObject({ icon: expect.stringMatching(/^\/login\/icons\//), loginText: expect.any(String) })
    const icon = body.icon ?? ''
    const shown = await send(server.wire, 'GET', icon)
    expect(shown.headers).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': expect.stringContaining('immutable'),
    })
    shown.resume()
    const page = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>').toString('base64')
    for (const bad of [page, '', '%%%', Buffer.alloc(40_000, PIXEL, 'base64').toString('base64')])
      expect(said(await edit(id, { icon: bad }))).toBe('422 invalid')
    expect(said(await edit(id, { loginText: 'a\u202eb' }))).toBe('422 invalid')
    // As long as one application has it.
    await edit(other.id, { icon: PIXEL })
    expect((await edit(id, { icon: null, loginText: null })).body).toMatchObject({ icon: null, loginText: null })
    expect((await call(server.wire, 'GET', icon)).status).toBe(200)
    await admin.call('DELETE', `/applications/${other.id}`)
    expect(said(await call(server.wire, 'GET', icon))).toBe('404 not-found')
  })

  it('get a new client secret while the former one works on for as long as was said', async () => {
    const { id, clientSecret: first } = await add()
    /** 400: the client was believed, its code was not */
    const exchange = async (secret: string) => {
      const headers = {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      }
      const body = `grant_type=authorization_code&code=none&code_verifier=x&redirect_uri=${CALLBACK}`
      return (await call<{ error: string }>(server.wire, 'POST', '/oidc/token', { headers, body })).body.error
    }
    const rotate = async (keepHours?: number) =>
      (
        await admin.call<{ clientSecret: string; previousUntil: string | null }>(
          'POST',
          `/applications/${id}/client-secret`,
          keepHours === undefined ? {} : { keepHours },
        )
      ).body
    const second = await rotate(1)
    expect([await exchange(first), await exchange(second.clientSecret), await exchange(`${first}x`)]).toEqual([
      'invalid_grant',
      'invalid_grant',
      'invalid_client',
    ])
    expect((await show(id)).previousSecretUntil).toBe(second.previousUntil)
    await clock.jump(HOUR)
    expect([await exchange(first), await exchange(second.clientSecret)]).toEqual(['invalid_client', 'invalid_grant'])
    expect((await rotate()).previousUntil).toBe(new Date(clock.now() + 24 * HOUR).toISOString())
    const third = await rotate(0)
    expect(third.previousUntil).toBeNull()
    expect([await exchange(second.clientSecret), await exchange(third.clientSecret)]).toEqual([
      'invalid_client',
      'invalid_grant',
    ])
    const stored = JSON.stringify(await server.store.read.selectFrom('applications').selectAll().execute())
    for (const { clientSecret } of [second, third]) expect(stored).not.toContain(clientSecret)
    const plain = await server.application()
    expect(said(await admin.call('POST', `/applications/${plain.id}/client-secret`, {}))).toBe('409 not-a-client')
  })

  it('tell when something was last heard of them', async () => {
    const { id } = await add()
    expect((await show(id)).oidc).toEqual({ askedAt: null, usedAt: null })
    const query = `response_type=code&scope=openid&code_challenge=${'a'.repeat(43)}&code_challenge_method=S256`
    const authorize = `/oidc/auth?client_id=${id}&${query}&redirect_uri=`
    await call(server.wire, 'GET', `${authorize}https://elsewhere.example/`)
    expect((await show(id)).oidc.askedAt).toBeNull()
    await call(server.wire, 'GET', authorize + CALLBACK)
    expect((await show(id)).oidc).toEqual({ askedAt: new Date(clock.now()).toISOString(), usedAt: null })
  })
})
