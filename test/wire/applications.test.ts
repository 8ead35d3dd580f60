// How operators look after applications: keys that are replaced without an interruption, ways back, and their end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApplicationView } from '../../protocol/operator-api/applications.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { call, said } from '../support/wire-call.ts'
import { operatorOf, programOf, type WireProgram } from '../support/wire-operator.ts'

const MINUTE = 60_000
const CALLBACK = 'https://intranet.example.org/callback'
type Added = { id: string; apiKey: string; clientId?: string; clientSecret?: string }
type Key = { id: string; apiKey: string }

describe.each(ENGINES)('applications on %s', (engine) => {
  const clock = new ManualClock()
  let server: TestServer
  let admin: WireProgram
  beforeAll(async () => {
    server = await startServer(engine, { clock })
    admin = await programOf(server, 'administrator')
  })
  afterAll(() => server.close())

  const add = async (redirectUris?: string[]) =>
    (await admin.call<Added>('POST', '/applications', { name: 'Intranet', ...(redirectUris && { redirectUris }) })).body
  const show = async (id: string) => (await admin.call<ApplicationView>('GET', `/applications/${id}`)).body
  const edit = (id: string, version: number, body: object) =>
    admin.call('PATCH', `/applications/${id}`, body, { 'if-match': `"${version}"` })
  const makeKey = (id: string) => admin.call<Key>('POST', `/applications/${id}/keys`)
  /** 404: the key was accepted, and nobody is called that */
  const use = async (apiKey: string) =>
    said(
      await call(server.wire, 'POST', '/api/v1/login-requests', {
        headers: { authorization: `Bearer ${apiKey}` },
        body: { username: 'nobody', purpose: 'sign-in', context: {} },
      }),
    )
  const kinds = async (id: string) =>
    (
      await server.store.read
        .selectFrom('audit')
        .select('kind')
        .where('application_id', '=', id as never)
        .orderBy('seq')
        .execute()
    ).map(({ kind }) => kind)

  it('are added with what they need told once, and listed without it', async () => {
    const added = await add([CALLBACK])
    expect(added).toMatchObject({
      apiKey: expect.stringMatching(/^csk_/),
      clientSecret: expect.stringMatching(/^css_/),
    })
    const listed = await admin.call('GET', '/applications')
    expect(listed.body.applications).toContainEqual(expect.objectContaining({ id: added.id, redirectUris: [CALLBACK] }))
    expect(listed.text).not.toMatch(/cs[ks]_/)
  })

  it('have two keys at most, also when several are made at once', async () => {
    const { id, apiKey } = await add()
    const made = await Promise.all([makeKey(id), makeKey(id), makeKey(id)])
    expect(made.map(said).sort()).toEqual(['201', '409 too-many-api-keys', '409 too-many-api-keys'])
    const second = made.find(({ status }) => status === 201)?.body.apiKey ?? ''
    expect([await use(apiKey), await use(second)]).toEqual(['404 unknown-user', '404 unknown-user'])
  })

  it('are moved from one key to the other, and the old one ends', async () => {
    const { id, apiKey } = await add()
    const [old] = (await show(id)).apiKeys
    expect(old?.lastUsedAt).toBeNull()
    await clock.advance(MINUTE)
    await use(apiKey)
    expect((await show(id)).apiKeys[0]?.lastUsedAt).toBe(new Date(clock.now()).toISOString())
    const { body: fresh } = await makeKey(id)
    const other = await add()
    expect(said(await admin.call('DELETE', `/applications/${other.id}/keys/${old?.id}`))).toBe('404 unknown-api-key')
    expect(said(await admin.call('DELETE', `/applications/${id}/keys/${old?.id}`))).toBe('204')
    await clock.advance(2000)
    expect([await use(apiKey), await use(fresh.apiKey)]).toEqual(['401 unauthenticated', '404 unknown-user'])
    expect(await kinds(id)).toEqual(['application-added', 'api-key-created', 'api-key-revoked'])
  })

  it('are edited by whoever has seen the latest version, with ways back that nobody can become', async () => {
    const { id } = await add([CALLBACK])
    expect(said(await edit(id, 1, { name: 'Staff', redirectUris: [`${CALLBACK}/2`] }))).toBe('200')
    expect(await show(id)).toMatchObject({ name: 'Staff', redirectUris: [`${CALLBACK}/2`], version: 2 })
    expect(said(await edit(id, 1, { name: 'Other' }))).toBe('412 changed-meanwhile')
    expect(said(await admin.call('PATCH', `/applications/${id}`, { name: 'x' }))).toBe('428 precondition-required')
    for (const uris of [['http://intranet.example.org/'], ['javascript:alert(1)'], [`${CALLBACK}#a`], []])
      expect(said(await edit(id, 2, { redirectUris: uris }))).toBe('422 invalid')
    const plain = await add()
    expect(said(await edit(plain.id, 1, { redirectUris: [CALLBACK] }))).toBe('422 invalid')
    expect(await show(id)).toMatchObject({ name: 'Staff', redirectUris: [`${CALLBACK}/2`], version: 2 })
  })

  it('that are removed can do nothing more', async () => {
    const { id, apiKey } = await add([CALLBACK])
    expect(said(await admin.call('DELETE', `/applications/${id}`))).toBe('204')
    await clock.advance(2000)
    expect(await use(apiKey)).toBe('401 unauthenticated')
    expect(said(await admin.call('GET', `/applications/${id}`))).toBe('404 unknown-application')
    expect(said(await makeKey(id))).toBe('404 unknown-application')
    expect(said(await admin.call('DELETE', `/applications/${id}`))).toBe('404 unknown-application')
    const authorize = `/oidc/auth?client_id=${id}&response_type=code&scope=openid&redirect_uri=${CALLBACK}`
    expect((await call(server.wire, 'GET', authorize)).status).toBe(400)
    expect(await kinds(id)).toEqual(['application-added', 'application-removed'])
  })

  it('give a key only to an operator whose passkey was used just now', async () => {
    const { id } = await add()
    const operator = await operatorOf(server, 'administrator')
    await clock.advance(6 * MINUTE)
    expect(said(await operator.call('POST', `/applications/${id}/keys`))).toBe('403 fresh-passkey-required')
    await operator.confirm()
    expect(said(await operator.call('POST', `/applications/${id}/keys`))).toBe('201')
  })
})
