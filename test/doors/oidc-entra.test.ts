// Microsoft Entra ID asks this server for the second factor: the external authentication method, by a stand-in that
// holds to Microsoft's documentation.
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { addUser } from '../../server/directory/users.ts'
import { Browsing } from '../support/browsing.ts'
import { ENGINES } from '../support/engines.ts'
import { EntraStandIn, type EntraUser, formOf } from '../support/entra-stand-in.ts'
import { MEASURES } from '../support/measures.ts'
import { confirm, type Doing, LoginPage, nobodyAnswers } from '../support/relying-party.ts'
import { limits, startServer, type TestServer } from '../support/server.ts'
import type { WireDevice } from '../support/wire-device.ts'

const OID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'

describe.each(ENGINES)('the external authentication method of Microsoft Entra ID on %s', (engine) => {
  let entra: EntraStandIn
  let server: TestServer
  let clientId: string
  let discoveryUrl: string
  beforeAll(async () => {
    entra = await EntraStandIn.start()
    const many = { count: 100_000 }
    const generous = limits({ requestsPerUser: many, pendingPerUser: many, signInsPerAddress: many })
    const env = { ...generous, COUNTERSIGN_WEBHOOK_ORIGINS: entra.origin }
    server = await startServer(engine, { env, clouds: { global: entra.origin, 'us-government': '', china: '' } })
    const { tenant, application } = entra
    const client = { entra: { tenant, application, cloud: 'global' as const } }
    const added = await addApplication(server.running.parts, { name: 'Microsoft 365', client })
    clientId = added.clientId ?? ''
    discoveryUrl = `${server.wire.origin}/oidc/entra/${clientId}/.well-known/openid-configuration`
  })
  afterAll(async () => {
    await server.close()
    await entra[Symbol.asyncDispose]()
  })

  let people = 0
  async function person(): Promise<EntraUser & { device: WireDevice }> {
    const name = `alice-${++people}@harbour.example`
    await addUser(server.running.parts, { username: name })
    return { oid: `oid-${people}`, sub: `sub-${people}`, preferred_username: name, device: await server.device(name) }
  }
  const claimsOf = ({ oid, sub, preferred_username }: EntraUser) => ({ oid, sub, preferred_username })

  /** The browser posts Entra's question. */
  async function post(asked: Record<string, string>, browser = new Browsing()) {
    const { authorizationEndpoint } = await entra.discover(discoveryUrl)
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: entra.origin }
    const body = new URLSearchParams(asked).toString()
    const response = await browser.fetch(authorizationEndpoint, { method: 'POST', headers, body })
    return { browser, response, location: response.headers.get('location') ?? '' }
  }

  async function answered(asked: Record<string, string>, device: WireDevice, doing: Doing | 'leave' | 'wait') {
    const { browser, location } = await post(asked)
    const login = new LoginPage(server.wire.origin, new URL(location, server.wire.origin).href, browser)
    if (doing === 'wait') await nobodyAnswers(server, login)
    else if (doing !== 'leave') await confirm(login, device, doing)
    if (doing === 'wait') expect((await login.state()).request?.state).toBe('expired')
    const view =
      doing === 'approve' || typeof doing === 'object' ? await login.state() : (await login.post('leave', {})).body
    const { response } = await browser.visit(view.continueTo ?? '')
    return { ...formOf(await response.text()), response, again: () => browser.visit(view.continueTo ?? '') }
  }

  /** What Entra would be told instead of a login page. */
  async function refusal(asked: Record<string, string>) {
    const { response } = await post(asked)
    return { status: response.status, ...formOf(await response.clone().text()) }
  }

  it('is taken by Entra after an approval, with nothing asked but the device', async () => {
    const who = await person()
    const asked = entra.question(clientId, await entra.hint(claimsOf(who)))
    const { browser, location } = await post(asked)
    const login = new LoginPage(server.wire.origin, new URL(location, server.wire.origin).href, browser)
    expect(await login.state()).toMatchObject({ step: 'confirm', username: who.preferred_username })
    await confirm(login, who.device, 'approve')
    const view = await login.state()
    const { response } = await browser.visit(view.continueTo ?? '')
    const { action, fields } = formOf(await response.text())
    expect(action).toBe(entra.redirectUri)
    expect(response.headers.get('content-security-policy')).toContain(`form-action ${entra.origin};`)
    const known = await entra.discover(discoveryUrl)
    expect(await entra.fault(fields, asked, known, who.sub)).toBeUndefined()
    expect(JSON.parse(Buffer.from(fields.id_token?.split('.')[1] ?? '', 'base64url').toString()).amr).toEqual(['swk'])
    // Whoever has such questions posted from an office uses up nothing of its passwords.
    const hits = await server.store.read.selectFrom('hits').select('bucket').execute()
    expect(hits.filter(({ bucket }) => bucket.startsWith('sign-in:'))).toEqual([])
    // Once.
    expect((await browser.visit(view.continueTo ?? '')).response.status).toBe(409)
    const entry = await server.store.read
      .selectFrom('audit')
      .select('detail')
      .where('kind', '=', 'signed-in')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    expect(JSON.parse(entry.detail).amr).toEqual(['otp', 'swk'])
  })

  it('is taken after a passcode, and not after a denial, nor where the person does not answer, or leaves', async () => {
    const who = await person()
    const known = await entra.discover(discoveryUrl)
    const question = async () => entra.question(clientId, await entra.hint(claimsOf(who)))
    const typed = await question()
    const passcode = who.device.passcode(who.device.token, Date.now() + 30_000)
    const byPasscode = await answered(typed, who.device, { passcode })
    expect(await entra.fault(byPasscode.fields, typed, known, who.sub)).toBeUndefined()
    for (const doing of ['deny', 'wait', 'leave'] as const) {
      const asked = await question()
      const { fields } = await answered(asked, who.device, doing)
      expect(await entra.fault(fields, asked, known, who.sub)).toBe('no id_token: access_denied')
    }
  })

  it.each(MEASURES)('is told nothing of a sign-in that ended before the browser went on: %s', async (_name, take) => {
    const { device, ...who } = await person()
    const username = who.preferred_username
    const { browser, location } = await post(entra.question(clientId, await entra.hint(claimsOf(who))))
    const login = new LoginPage(server.wire.origin, new URL(location, server.wire.origin).href, browser)
    await confirm(login, device, { passcode: device.passcode(device.token, Date.now() + 30_000) })
    const { continueTo = '' } = await login.state()
    await take(server, { username, device })
    const { response } = await browser.visit(continueTo)
    expect([response.status, await response.text()]).toEqual([409, expect.not.stringContaining('id_token')])
  })

  it('finds people by their object id first, and by their user name else', async () => {
    const who = await person()
    await server.store.write((tx) =>
      tx.updateTable('users').set({ external_id: 'the-oid' }).where('username', '=', who.preferred_username).execute(),
    )
    const renamed = { ...claimsOf(who), oid: 'the-oid', preferred_username: 'was.alice@harbour.example' }
    expect((await post(entra.question(clientId, await entra.hint(renamed)))).location).toMatch(/^\/login\/ent-/)
    const nobody = entra.question(clientId, await entra.hint({ ...renamed, oid: 'another' }))
    expect((await refusal(nobody)).fields).toMatchObject({ error: 'access_denied', state: nobody.state })
  })

  it('takes nobody by their user name who is another object of the tenant', async () => {
    const who = await person()
    const known = async (external_id: string) => {
      const changed = server.store.write((tx) =>
        tx.updateTable('users').set({ external_id }).where('username', '=', who.preferred_username).execute(),
      )
      await changed
      return post(entra.question(clientId, await entra.hint({ ...claimsOf(who), oid: OID })))
    }
    expect(formOf(await (await known(OID.replace('3', '4'))).response.text()).fields.error).toBe('access_denied')
    for (const theirs of [OID.toUpperCase(), 'employee 12'])
      expect((await known(theirs)).location).toMatch(/^\/login\/ent-/)
  })

  it('takes new keys of Microsoft as they come, and does not ask for them at every invention', async () => {
    const who = await person()
    await entra.rotate()
    expect((await post(entra.question(clientId, await entra.hint(claimsOf(who))))).response.status).toBe(303)
    const before = entra.fetched
    for (const kid of ['one', 'two', 'three'])
      expect((await refusal(entra.question(clientId, await entra.hint(claimsOf(who), {}, { kid })))).fields.error).toBe(
        'invalid_request',
      )
    expect(entra.fetched - before).toBeLessThanOrEqual(1)
  })

  it('believes no hint that is not Microsoft’s, of this tenant, for us, and of just now', async () => {
    const who = await person()
    const old = Math.floor(Date.now() / 1000) - 3600
    const secret = new TextEncoder().encode(JSON.stringify(entra.keys[0]?.publicJwk))
    const hmac = await new SignJWT({ ...claimsOf(who), iss: entra.issuer, aud: clientId, tid: entra.tenant })
      .setProtectedHeader({ alg: 'HS256', kid: entra.keys[0]?.kid ?? '' })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(secret)
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await entra.hint(claimsOf(who))).split('.')[1]}.`
    const hints = [
      await entra.hint(claimsOf(who), { tid: '14c2f153-90a7-4689-9db7-9543bf084dad' }),
      await entra.hint(claimsOf(who), { iss: `${entra.origin}/14c2f153-90a7-4689-9db7-9543bf084dad/v2.0` }),
      await entra.hint(claimsOf(who), { aud: 'somebody-else' }),
      await entra.hint(claimsOf(who), { iat: old, exp: old }),
      await entra.hint(claimsOf(who), { sub: undefined }),
      `${await entra.hint(claimsOf(who))}x`,
      hmac,
      none,
    ]
    for (const hint of hints) {
      const { status, action, fields } = await refusal(entra.question(clientId, hint))
      expect([status, action, fields.error, fields.id_token]).toEqual([
        200,
        entra.redirectUri,
        'invalid_request',
        undefined,
      ])
    }
  })

  it('answers to nobody but Microsoft, and only to its implicit profile', async () => {
    const who = await person()
    const question = async (changes: Record<string, string>) =>
      refusal(entra.question(clientId, await entra.hint(claimsOf(who)), changes))
    const wrong: Record<string, string>[] = [
      { redirect_uri: 'https://evil.example/' },
      { redirect_uri: `${entra.redirectUri}/../../evil` },
      { client_id: 'another' },
      { response_type: 'code' },
      { response_type: 'token' },
      { response_mode: 'query' },
      { scope: 'profile' },
      { nonce: '' },
    ]
    for (const changes of wrong) expect(await question(changes)).toMatchObject({ status: 400, action: '' })
    const { authorizationEndpoint } = await entra.discover(discoveryUrl)
    const headers = { 'content-type': 'multipart/form-data; boundary=x', origin: entra.origin }
    const broken = await fetch(authorizationEndpoint, { method: 'POST', headers, body: '--x' })
    expect([broken.status, await broken.text()]).toEqual([400, expect.stringContaining('the request is no form')])
    const acr = (values: string[]) => JSON.stringify({ id_token: { acr: { values } } })
    expect((await question({ claims: acr(['inherence']) })).fields.error).toBe('access_denied')
    expect(await question({ claims: acr(['possession']) })).toMatchObject({ status: 303 })
    const code = `${server.wire.origin}/oidc/auth?client_id=${clientId}&response_type=code&redirect_uri=${entra.redirectUri}`
    expect((await new Browsing().fetch(code)).status).toBe(400)
  })

  it('asks a question once, of one person, in the browser that brought it', async () => {
    const who = await person()
    const asked = entra.question(clientId, await entra.hint(claimsOf(who)))
    const { browser, location } = await post(asked)
    expect((await refusal(asked)).fields.error).toBe('access_denied')
    const page = new URL(location, server.wire.origin).href
    const stranger = new LoginPage(server.wire.origin, page, new Browsing())
    expect(await stranger.state()).toMatchObject({ type: 'urn:countersign:problem:no-sign-in' })
    await addUser(server.running.parts, { username: 'mallory', password: 'correct horse battery' })
    const login = new LoginPage(server.wire.origin, page, browser)
    const switched = await login.post('password', { username: 'mallory', password: 'correct horse battery' })
    expect(switched.status).toBe(409)
  })

  it('holds to who may sign in, as every door does', async () => {
    const who = await person()
    const { parts } = server.running
    await parts.store.write((tx) =>
      tx
        .updateTable('applications')
        .set({ restricted: 1 })
        .where('id', '=', clientId as never)
        .execute(),
    )
    const { fields } = await refusal(entra.question(clientId, await entra.hint(claimsOf(who))))
    expect(fields).toMatchObject({ error: 'access_denied', error_description: 'not-permitted-here' })
    await parts.store.write((tx) => tx.updateTable('applications').set({ restricted: 0 }).execute())
  })
})
