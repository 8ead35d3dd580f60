// What a web site can ask of the OpenID provider beyond the plain sign-in, over real HTTP, with openid-client.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApplicationId } from '../../protocol/ids.ts'
import type { OidcClientChanges } from '../../protocol/operator-api/oidc-client.ts'
import { addApplication } from '../../server/applications/applications.ts'
import { addUser } from '../../server/directory/users.ts'
import { setPolicy } from '../../server/policy/stored.ts'
import { Arrivals } from '../support/arrivals.ts'
import { Browsing } from '../support/browsing.ts'
import { ENGINES } from '../support/engines.ts'
import { inGroups } from '../support/in-groups.ts'
import { MEASURES } from '../support/measures.ts'
import { oddName } from '../support/odd-name.ts'
import {
  asked,
  CALLBACK,
  confirm,
  LoginPage,
  nobodyAnswers,
  type Person,
  relyingParty,
  signIn,
} from '../support/relying-party.ts'
import { limits, startServer, type TestServer } from '../support/server.ts'

const AFTER = 'https://harbour.example/bye'
const PASSWORD = 'correct horse battery'
const PUSH = 'urn:countersign:acr:push'
const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const

/** The one of enrolment was used. */
const nextPasscode = ({ device }: Person) => device.passcode(device.token, Date.now() + 30_000)

describe.each(ENGINES)('OpenID Connect on %s', (engine) => {
  const logouts = new Arrivals<string>('logout token')
  const answers: number[] = []
  const site = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const status = answers.shift() ?? 200
    if (status === 200) logouts.add(new URLSearchParams(Buffer.concat(chunks).toString()).get('logout_token') ?? '')
    response.writeHead(status).end()
  })
  let server: TestServer
  let siteOrigin: string
  beforeAll(async () => {
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    siteOrigin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    const many = { count: 10_000 }
    const generous = limits({ requestsPerUser: many, pendingPerUser: many, signInsPerAddress: many })
    server = await startServer(engine, { env: { ...generous, COUNTERSIGN_WEBHOOK_ORIGINS: siteOrigin } })
  })
  afterAll(async () => {
    await server.close()
    site.close()
  })

  let people = 0
  async function person(username = `alice-${++people}`): Promise<Person> {
    await addUser(server.running.parts, { username, password: PASSWORD })
    return { username, password: PASSWORD, device: await server.device(username) }
  }

  async function harbour(settings: OidcClientChanges = {}) {
    const added = await addApplication(server.running.parts, {
      name: 'Harbour',
      redirectUris: [CALLBACK],
      client: settings,
    })
    const { clientId = '', clientSecret = '' } = added
    return { clientId, clientSecret }
  }

  const party = async ({ clientId, clientSecret }: Awaited<ReturnType<typeof harbour>>) =>
    relyingParty(server, clientId, clientSecret)

  async function tokensOf(config: client.Configuration, who: Person, parameters: Record<string, string> = {}) {
    const { url, checks } = await asked(config, parameters)
    return client.authorizationCodeGrant(config, await signIn(server, url, who), checks)
  }

  it('signs in by an approval or a typed passcode, whatever the name, and not by a denial, nor where nobody answers', async () => {
    const config = await party(await harbour())
    const who = await person()
    const arrived = async () => {
      const { url, checks } = await asked(config)
      const login = await LoginPage.open(server, url)
      await login.post('password', who)
      return { login, back: async () => client.authorizationCodeGrant(config, await login.goOn(), checks), checks }
    }
    const approving = await arrived()
    await confirm(approving.login, who.device, 'approve')
    expect((await approving.back()).claims()).toMatchObject({ acr: PUSH })
    for (const doing of ['deny', 'nothing'] as const) {
      const { login, checks } = await arrived()
      if (doing === 'deny') await confirm(login, who.device, doing)
      else await nobodyAnswers(server, login)
      expect((await login.state()).request?.state).toBe(doing === 'deny' ? 'denied' : 'expired')
      const { continueTo = '' } = (await login.post('leave', {})).body
      const back = new URL((await login.browser.visit(continueTo, CALLBACK)).url)
      const refused = client.authorizationCodeGrant(config, back, checks)
      await expect(refused).rejects.toMatchObject({ error: 'access_denied' })
    }
    const odd = await person(oddName())
    const { url, checks } = await asked(config, { login_hint: odd.username })
    const hinted = await LoginPage.open(server, url)
    expect((await hinted.state()).loginHint).toBe(odd.username)
    await hinted.post('password', { ...odd, username: odd.username.normalize('NFD') })
    await confirm(hinted, odd.device, 'approve')
    const tokens = await client.authorizationCodeGrant(config, await hinted.goOn(), checks)
    const about = await client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '')
    expect(about.preferred_username).toBe(odd.username)
    const typing = await arrived()
    await confirm(typing.login, who.device, { passcode: nextPasscode(who) })
    expect((await typing.back()).claims()).toMatchObject({ acr: 'urn:countersign:acr:passcode' })
  })

  it('gives a refresh token that is good once, and takes all back when it comes twice', async () => {
    const config = await party(await harbour({ refreshTokens: true }))
    const who = await person()
    const first = await tokensOf(config, who, { scope: 'openid profile offline_access', prompt: 'consent' })
    expect(first.refresh_token).toBeTruthy()
    const second = await client.refreshTokenGrant(config, first.refresh_token ?? '')
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(second.claims()).toMatchObject({ sub: first.claims()?.sub, acr: PUSH, auth_time: first.claims()?.auth_time })
    await expect(client.refreshTokenGrant(config, first.refresh_token ?? '')).rejects.toThrow()
    await expect(client.refreshTokenGrant(config, second.refresh_token ?? '')).rejects.toThrow()
    const plain = await party(await harbour())
    expect((await tokensOf(plain, who, { scope: 'openid offline_access', prompt: 'consent' })).refresh_token).toBe(
      undefined,
    )
  })

  it('takes an authorization that was pushed, once, and only so where the operator says that', async () => {
    const config = await party(await harbour({ requirePar: true }))
    const { url, checks } = await asked(config)
    const refused = await new Browsing().visit(url, CALLBACK)
    expect(new URL(refused.url).searchParams.get('error')).toBe('invalid_request')
    const pushed = await client.buildAuthorizationUrlWithPAR(config, new URL(url).searchParams)
    expect([...pushed.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    const back = await signIn(server, pushed.href, await person())
    expect((await client.authorizationCodeGrant(config, back, checks)).claims()?.acr).toBe(PUSH)
    // What it asked for is known no longer: neither is where to go back to.
    const { response: again } = await new Browsing().visit(pushed.href, CALLBACK)
    expect([again.status, again.headers.get('location')]).toEqual([400, null])
    const page = await again.text()
    expect(page).toContain('invalid_request_uri')
    expect(page).not.toContain('harbour.example')
  })

  it('binds tokens to a key by DPoP, and nobody without that key gets anything by them', async () => {
    const config = await party(await harbour({ requireDpop: true, refreshTokens: true }))
    const { url, checks } = await asked(config)
    const back = await signIn(server, url, await person())
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    const tokens = await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP })
    expect(tokens.token_type).toBe('dpop')
    const sub = tokens.claims()?.sub ?? ''
    expect(await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).toMatchObject({ sub })
    await expect(client.fetchUserInfo(config, tokens.access_token, sub)).rejects.toThrow()
    const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    await expect(client.fetchUserInfo(config, tokens.access_token, sub, { DPoP: other })).rejects.toThrow()
    // Required is required: by code or by refresh token, who proves no key gets none that anybody could use.
    await expect(tokensOf(config, await person())).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('knows an application by a key of its own, and takes its client secret no longer', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kty: 'EC' as const, alg: 'ES256', kid: 'one' }] }
    const { clientId, clientSecret } = await harbour({ authentication: 'private-key', jwks })
    const config = await relyingParty(server, clientId, client.PrivateKeyJwt({ key: privateKey, kid: 'one' }))
    const who = await person()
    expect((await tokensOf(config, who)).claims()?.acr).toBe(PUSH)
    const bySecret = await relyingParty(server, clientId, clientSecret)
    await expect(tokensOf(bySecret, who)).rejects.toThrow()
    const stranger = await generateKeyPair('ES256')
    const forged = await relyingParty(server, clientId, client.PrivateKeyJwt({ key: stranger.privateKey, kid: 'one' }))
    await expect(tokensOf(forged, who)).rejects.toThrow()
  })

  it('reaches the acr that is essential, and offers no passcode where the push was asked for', async () => {
    const config = await party(await harbour())
    const essential = (values: string[]) => ({
      claims: JSON.stringify({ id_token: { acr: { essential: true, values } } }),
    })
    const who = await person()
    const unknown = await new Browsing().visit(
      (await asked(config, essential(['urn:mace:incommon:iap:silver']))).url,
      CALLBACK,
    )
    expect(new URL(unknown.url).searchParams.get('error')).toBe('unmet_authentication_requirements')
    const { url, checks } = await asked(config, essential([PUSH]))
    const login = await LoginPage.open(server, url)
    const { body } = await login.post('password', who)
    expect(body.typedPasscodes).toBe(false)
    const typed = await login.post('passcode', { passcode: who.device.passcode() })
    expect([typed.status, typed.body.because]).toEqual([403, 'typed-passcodes'])
    await confirm(login, who.device, 'approve')
    const tokens = await client.authorizationCodeGrant(config, await login.goOn(), checks)
    expect(tokens.claims()?.acr).toBe(PUSH)
    const wished = await tokensOf(config, who, { acr_values: PUSH, max_age: '0', prompt: 'login select_account' })
    expect(wished.claims()).toMatchObject({ acr: PUSH, auth_time: expect.any(Number) })
  })

  it('fills in the name that was hinted at, and gives the claims that were asked for one by one', async () => {
    const config = await party(await harbour())
    const who = await person()
    const claims = JSON.stringify({ id_token: { preferred_username: null }, userinfo: { name: { essential: true } } })
    const { url, checks } = await asked(config, { scope: 'openid', claims, login_hint: who.username })
    const login = await LoginPage.open(server, url)
    expect((await login.state()).loginHint).toBe(who.username)
    await login.post('password', who)
    await confirm(login, who.device, { passcode: nextPasscode(who) })
    const tokens = await client.authorizationCodeGrant(config, await login.goOn(), checks)
    expect(tokens.claims()).toMatchObject({ preferred_username: who.username, acr: 'urn:countersign:acr:passcode' })
    expect(tokens.claims()).not.toHaveProperty('name')
    expect(await client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '')).toEqual({
      sub: tokens.claims()?.sub,
      name: who.username,
    })
  })

  it('tells the names of the person’s groups to whoever asks for them, and to nobody else', async () => {
    const config = await party(await harbour())
    const who = await person()
    await inGroups(server, who.username, ['Küche', 'Hafen, Süd'])
    const told = async (parameters: Record<string, string>) => {
      const tokens = await tokensOf(config, who, parameters)
      const { groups } = await client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '')
      return { idToken: tokens.claims()?.groups, userinfo: groups }
    }
    const names = ['Hafen, Süd', 'Küche']
    expect(await told({ scope: 'openid groups' })).toEqual({ idToken: undefined, userinfo: names })
    const claims = JSON.stringify({ id_token: { groups: null } })
    expect(await told({ scope: 'openid', claims })).toEqual({ idToken: names, userinfo: undefined })
    expect(await told({ scope: 'openid profile email' })).toEqual({ idToken: undefined, userinfo: undefined })
  })

  it('signs out of one sign-in, goes back to where the application may send people, and nowhere else', async () => {
    const added = await harbour({ refreshTokens: true, postLogoutRedirectUris: [AFTER] })
    const config = await party(added)
    const who = await person()
    const [one, other] = [await tokensOf(config, who), await tokensOf(config, who)]
    const end = (more: Record<string, string>) => new Browsing().fetch(client.buildEndSessionUrl(config, more).href)
    const hint = { id_token_hint: one.id_token ?? '', post_logout_redirect_uri: AFTER }
    const elsewhere = await end({ ...hint, post_logout_redirect_uri: `${AFTER}/../evil` })
    expect([elsewhere.status, elsewhere.headers.get('location')]).toEqual([400, null])
    expect((await end({ id_token_hint: `${one.id_token}x` })).status).toBe(400)
    const gone = await end({ ...hint, state: 'a b' })
    expect([gone.status, gone.headers.get('location')]).toEqual([303, `${AFTER}?state=a+b`])
    await expect(client.refreshTokenGrant(config, one.refresh_token ?? '')).rejects.toThrow()
    const since = await client.refreshTokenGrant(config, other.refresh_token ?? '')
    expect(since.access_token).toBeTruthy()
    const post = (body: BodyInit, more: RequestInit = {}) =>
      fetch(`${server.wire.origin}/oidc/session/end`, { method: 'POST', body, redirect: 'manual', ...more })
    const large = `id_token_hint=${'x'.repeat(64 * 1024)}`
    expect((await post(new URLSearchParams(large))).status).toBe(413)
    const endless = { duplex: 'half', headers: { 'content-type': 'application/x-www-form-urlencoded' } } as RequestInit
    expect((await post(new Blob([large]).stream(), endless)).status).toBe(413)
    expect((await post(JSON.stringify(hint))).status).toBe(400)
    expect((await post(new URLSearchParams([...Object.entries(hint), ['state', '1'], ['state', '2']]))).status).toBe(
      400,
    )
    expect((await client.refreshTokenGrant(config, since.refresh_token ?? '')).access_token).toBeTruthy()
    const posted = await post(new URLSearchParams({ ...hint, id_token_hint: other.id_token ?? '' }))
    expect([posted.status, posted.headers.get('location')]).toEqual([303, AFTER])
    await expect(client.refreshTokenGrant(config, since.refresh_token ?? '')).rejects.toThrow()
    const shown = await end({})
    expect([shown.status, await shown.text()]).toEqual([200, expect.stringContaining('You are signed out')])
  })

  it('revokes what an application gives back, and nothing of another application’s', async () => {
    const [config, stranger] = [
      await party(await harbour({ refreshTokens: true })),
      await party(await harbour({ refreshTokens: true })),
    ]
    const tokens = await tokensOf(config, await person())
    const sub = tokens.claims()?.sub ?? ''
    const { access_token: access, refresh_token: token = '' } = tokens
    await client.tokenRevocation(stranger, token)
    await client.tokenRevocation(stranger, access)
    expect((await client.fetchUserInfo(config, access, sub)).sub).toBe(sub)
    const { refresh_token: since = '' } = await client.refreshTokenGrant(config, token)
    await client.tokenRevocation(config, since)
    await expect(client.refreshTokenGrant(config, since)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(client.fetchUserInfo(config, access, sub)).rejects.toThrow()
  })

  it('tells the application when a sign-in that it was given is reported, until it has heard', async () => {
    const added = await harbour({ refreshTokens: true, backchannelLogoutUri: `${siteOrigin}/logout` })
    const config = await party(added)
    const who = await person()
    const { url, checks } = await asked(config)
    const login = await LoginPage.open(server, url)
    await login.post('password', who)
    const shown = await confirm(login, who.device, 'approve')
    const tokens = await client.authorizationCodeGrant(config, await login.goOn(), checks)
    // Keycloak finds by this what a logout token ends.
    expect(tokens.session_state).toBe(tokens.claims()?.sid)
    // What an application misses comes again, which takes its time and is the same wherever it is kept.
    if (engine === 'sqlite') answers.push(503)
    expect((await who.device.decide(shown, 'report')).status).toBe(200)
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toThrow()
    await expect(client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '')).rejects.toThrow()
    const token = await logouts.next()
    const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''))
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: `${server.wire.origin}/oidc`,
      audience: added.clientId,
    })
    expect(payload).toMatchObject({ sub: tokens.claims()?.sub, sid: tokens.claims()?.sid })
    expect(payload.events).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} })
    expect([payload.nonce, protectedHeader.typ]).toEqual([undefined, 'logout+jwt'])
  })

  it('ends, by a report, what was reached without a question since; and nothing from before', async () => {
    const config = await party(await harbour({ refreshTokens: true }))
    const who = await person()
    const before = await tokensOf(config, who)
    const { url } = await asked(config)
    const login = await LoginPage.open(server, url)
    await login.post('password', who)
    const shown = await confirm(login, who.device, 'approve')
    const byPasscode = await asked(config)
    const back = await signIn(server, byPasscode.url, who, { passcode: nextPasscode(who) })
    const since = await client.authorizationCodeGrant(config, back, byPasscode.checks)
    expect((await who.device.decide(shown, 'report')).status).toBe(200)
    await expect(client.refreshTokenGrant(config, since.refresh_token ?? '')).rejects.toThrow()
    expect((await client.refreshTokenGrant(config, before.refresh_token ?? '')).access_token).toBeTruthy()
  })

  it.each(['before', 'after'])('holds a sign-in back that was reported %s the page went on', async (when) => {
    const config = await party(await harbour())
    const who = await person()
    const login = await LoginPage.open(server, (await asked(config)).url)
    await login.post('password', who)
    const shown = await confirm(login, who.device, 'approve')
    const { continueTo } = when === 'after' ? await login.state() : {}
    expect((await who.device.decide(shown, 'report')).status).toBe(200)
    expect((await login.state()).step).not.toBe('signed-in')
    expect((await login.state()).continueTo).toBeUndefined()
    if (continueTo === undefined) return
    const back = new URL((await login.browser.visit(continueTo, CALLBACK)).url)
    expect([back.searchParams.get('error'), back.searchParams.get('code')]).toEqual(['access_denied', null])
  })

  it.each(MEASURES)('lets nobody go on who confirmed before: %s', async (_name, take) => {
    const config = await party(await harbour())
    const who = await person()
    const login = await LoginPage.open(server, (await asked(config)).url)
    await login.post('password', who)
    await confirm(login, who.device, { passcode: nextPasscode(who) })
    const { step, continueTo = '' } = await login.state()
    expect(step).toBe('signed-in')
    await take(server, who)
    const { url } = await login.browser.visit(continueTo, CALLBACK)
    expect(new URL(url).searchParams.get('code')).toBeNull()
  })

  it('gives nothing that is good to whoever goes on in the very moment that it is ended', async () => {
    const config = await party(await harbour({ refreshTokens: true }))
    const [, take] = MEASURES[0] ?? []
    for (let turn = 0; turn < 4; turn++) {
      const who = await person()
      const { url, checks } = await asked(config)
      const login = await LoginPage.open(server, url)
      await login.post('password', who)
      await confirm(login, who.device, { passcode: nextPasscode(who) })
      const { continueTo = '' } = await login.state()
      const [back] = await Promise.all([login.browser.visit(continueTo, CALLBACK), take?.(server, who)])
      await expect(client.authorizationCodeGrant(config, new URL(back.url), checks)).rejects.toThrow()
    }
  })

  it('renews nothing at an hour in which nobody may sign in there', async () => {
    const added = await harbour({ refreshTokens: true })
    const config = await party(added)
    const who = await person()
    const { refresh_token: token = '' } = await tokensOf(config, who)
    const tomorrow = ((new Date().getUTCDay() || 7) % 7) + 1
    // A day after tomorrow: a test may begin before midnight and end after it.
    const elsewhen = { zone: 'UTC', days: [(tomorrow % 7) + 1], from: '10:00', until: '11:00' }
    const scope = added.clientId as ApplicationId
    await setPolicy(server.running.parts, { scope, policy: { workingHours: [elsewhen] }, version: 0 }, BY)
    await expect(client.refreshTokenGrant(config, token)).rejects.toMatchObject({ error: 'invalid_grant' })
    await setPolicy(server.running.parts, { scope, policy: {}, version: 1 }, BY)
    expect((await client.refreshTokenGrant(config, token)).access_token).toBeTruthy()
  })

  it('renews nothing that was signed in to from a network that is refused since', async () => {
    const added = await harbour({ refreshTokens: true })
    const config = await party(added)
    const { refresh_token: token = '' } = await tokensOf(config, await person())
    const scope = added.clientId as ApplicationId
    const refusing = (network: string, version: number) =>
      setPolicy(server.running.parts, { scope, policy: { refusedNetworks: [network] }, version }, BY)
    await refusing('127.0.0.0/8', 0)
    await expect(client.refreshTokenGrant(config, token)).rejects.toMatchObject({ error: 'invalid_grant' })
    await refusing('192.0.2.0/24', 1)
    expect((await client.refreshTokenGrant(config, token)).access_token).toBeTruthy()
  })

  it('renews nothing for whoever the application is no longer open to', async () => {
    const added = await harbour({ refreshTokens: true })
    const config = await party(added)
    const { refresh_token: token = '' } = await tokensOf(config, await person())
    const restricted = (is: number) =>
      server.store.write((tx) =>
        tx.updateTable('applications').set({ restricted: is }).where('client_id', '=', added.clientId).execute(),
      )
    await restricted(1)
    await expect(client.refreshTokenGrant(config, token)).rejects.toMatchObject({ error: 'invalid_grant' })
    await restricted(0)
    expect((await client.refreshTokenGrant(config, token)).access_token).toBeTruthy()
  })

  it('gives nothing more to whoever was suspended', async () => {
    const config = await party(await harbour({ refreshTokens: true }))
    const who = await person()
    const tokens = await tokensOf(config, who)
    await server.store.write((tx) =>
      tx.updateTable('users').set({ state: 'suspended' }).where('username', '=', who.username).execute(),
    )
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toThrow()
  })
})
