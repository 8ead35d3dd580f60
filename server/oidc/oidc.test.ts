import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import * as client from 'openid-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newId, type UserId } from '../../protocol/ids.ts'
import { ACR_PUSH } from '../../protocol/sign-in.ts'
import { Browsing } from '../../test/support/browsing.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { addApplication, type NewApplication } from '../applications/applications.ts'
import { systemClock } from '../clock.ts'
import { argon2Passwords } from '../directory/passwords.ts'
import { addUser } from '../directory/users.ts'
import type { Call, Env } from '../http/env.ts'
import { logger } from '../log.ts'
import type { SignedIn } from '../login/authorization.ts'
import { openOutbound } from '../push/outbound.ts'
import { sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { purgeArtifacts } from './artifact-rows.ts'
import { currentProvider } from './current.ts'
import { authorizations } from './interactions.ts'
import { oidcRoutes } from './routes.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const CALLBACK = 'http://localhost:4999/callback'
const SHARE = 20
// None comes back while a test runs.
const DAY = { seconds: 86_400 }
const LIMITS = {
  authorizationsPerAddress: { count: SHARE, ...DAY },
  oidcCallsPerAddress: { count: 10 * SHARE, ...DAY },
}

/** As the login page has it. */
async function confirmed(store: Store, { signIn: id, user, at }: SignedIn): Promise<void> {
  const times = { created_at: at, expires_at: at + 60_000 }
  const rest = { application_id: newId('app', random), request_id: null, request_secret: null, outcome: '{}' }
  await store.write((tx) =>
    tx
      .insertInto('sign_ins')
      .values({ id, interaction: id, user_id: user, ...rest, ...times })
      .onConflict((on) => on.column('id').doNothing())
      .execute(),
  )
}

/** A provider on a port of its own, whose login page is one POST that says who signed in. */
async function provision(store: Store) {
  const lines: string[] = []
  const seals = sealer(new Uint8Array(32).fill(7), random)
  const needs = {
    store,
    clock: systemClock,
    random,
    sealer: seals,
    log: logger('info', { write: (l) => lines.push(l) }),
    stopping: new AbortController().signal,
  }
  const passwords = argon2Passwords(random, { memoryCost: 64, timeCost: 1, parallelism: 1 })
  const adding = { ...needs, passwords, organisation: { name: 'Harbour' } }
  const alice = await addUser(adding, { username: 'alice', displayName: 'Alice A.', email: 'a@b.example' })
  const bea = await addUser(adding, { username: 'bea' })
  const application = await addApplication(needs, { name: 'Harbour', redirectUris: [CALLBACK] })
  const app = new Hono<Env>()
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const outbound = { allowedOrigins: [], lookup: async () => [], httpsProxy: undefined, noProxy: undefined }
  const webhookOutbound = openOutbound(outbound)
  const { provider } = await currentProvider({ ...needs, publicOrigin: origin, webhookOutbound })
  const pending = authorizations(provider, needs)
  const signIn: Omit<SignedIn, 'signIn'> = {
    user: alice.id,
    amr: ['pwd', 'otp', 'swk', 'mfa'],
    acr: ACR_PUSH,
    at: Date.now(),
  }
  const rest = { addressOf: (c: Call) => c.req.header('x-from') ?? 'elsewhere', limits: LIMITS, provider }
  app.route('/oidc', oidcRoutes({ ...needs, ...rest, receiverRules: { ...outbound, isProxied: () => false } }))
  app.post('/login/:uid', async (c) => {
    const found = await pending.of(c, c.req.param('uid'))
    if (!found) return c.text('no sign-in', 409)
    const { user, refuse } = (await c.req.json()) as { user?: UserId; refuse?: boolean }
    if (refuse) return c.text(await found.refuse())
    const signedIn = { ...signIn, ...(user && { user }), signIn: found.uid }
    await confirmed(store, signedIn)
    return c.text(await found.accept(signedIn))
  })
  return {
    origin,
    store,
    alice,
    bea,
    application,
    signIn,
    lines,
    close: () => new Promise((done) => server.close(done)),
  }
}
type Provision = Awaited<ReturnType<typeof provision>>

async function relyingParty({ origin }: Provision, application: NewApplication, basic = false) {
  const { clientId = '', clientSecret = '' } = application
  const authentication = basic ? client.ClientSecretBasic(clientSecret) : client.ClientSecretPost(clientSecret)
  return client.discovery(new URL(`${origin}/oidc`), clientId, undefined, authentication, {
    execute: [client.allowInsecureRequests],
  })
}

async function asked(config: client.Configuration, parameters: Record<string, string> = {}) {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const nonce = client.randomNonce()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters,
  })
  return { url: url.href, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce } }
}

/** From the application to the login page and back to the application. */
async function roundTrip(browser: Browsing, url: string, as: { user?: UserId; refuse?: boolean } = {}) {
  const arrived = await browser.visit(url)
  const accepted = await browser.fetch(arrived.url, { method: 'POST', body: JSON.stringify(as) })
  const resumeAt = await accepted.text()
  return { loginPage: arrived.url, back: await browser.visit(resumeAt, CALLBACK) }
}

describe.each(ENGINES)('sign-in by OpenID Connect, on %s', (engine) => {
  let store: Store
  let provider: Provision
  beforeEach(async () => {
    store = await openStore(engine)
    provider = await provision(store)
  })
  afterEach(async () => {
    await provider.close()
    await store.close()
  })

  it('an address has its share of sign-ins begun and of calls, and what is beyond is written nowhere', async () => {
    const { url } = await asked(await relyingParty(provider, provider.application))
    const from = (address: string, at: string, method = 'GET') =>
      fetch(at, { method, redirect: 'manual', headers: { 'x-from': address } })
    const begun = await Promise.all(Array.from({ length: SHARE + 5 }, () => from('a flood', url)))
    const statuses = begun.map(({ status }) => status).sort()
    expect(statuses).toEqual([...Array(SHARE).fill(303), ...Array(5).fill(429)])
    const limited = await from('a flood', url.replace('/auth?', '/AUTH/?'))
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1'])
    expect(await limited.text()).toContain('temporarily_unavailable')
    const registering = await from('a flood', `${provider.origin}/oidc/reg`, 'POST')
    expect([registering.status, await registering.json()]).toMatchObject([429, { error: 'temporarily_unavailable' }])
    const rows = await store.read.selectFrom('oidc_artifacts').select('id').where('kind', '=', 'Interaction').execute()
    expect(rows).toHaveLength(SHARE)
    expect((await from('somebody else', url)).status).toBe(303)
    const token = `${provider.origin}/oidc/token`
    const calls = await Promise.all(Array.from({ length: 10 * SHARE + 1 }, () => from('a flood', token, 'POST')))
    expect(calls.filter(({ status }) => status === 429)).toHaveLength(1)
  })

  it.each([false, true])('an application learns who signed in and how (client_secret_basic: %s)', async (basic) => {
    const config = await relyingParty(provider, provider.application, basic)
    const { url, checks } = await asked(config)
    const { loginPage, back } = await roundTrip(new Browsing(), url)
    expect(loginPage.startsWith(`${provider.origin}/login/`)).toBe(true)
    const tokens = await client.authorizationCodeGrant(config, new URL(back.url), checks)
    expect(tokens.claims()).toMatchObject({
      iss: `${provider.origin}/oidc`,
      aud: provider.application.clientId,
      sub: provider.alice.id,
      amr: ['pwd', 'otp', 'swk', 'mfa'],
      acr: ACR_PUSH,
      auth_time: Math.floor(provider.signIn.at / 1000),
    })
    expect(await client.fetchUserInfo(config, tokens.access_token, provider.alice.id)).toEqual({
      sub: provider.alice.id,
      name: 'Alice A.',
      preferred_username: 'alice',
      email: 'a@b.example',
    })
  })

  it('gives out only the claims of the scopes that were asked for', async () => {
    const config = await relyingParty(provider, provider.application)
    const { url, checks } = await asked(config, { scope: 'openid' })
    const { back } = await roundTrip(new Browsing(), url)
    const tokens = await client.authorizationCodeGrant(config, new URL(back.url), checks)
    expect(await client.fetchUserInfo(config, tokens.access_token, provider.alice.id)).toEqual({
      sub: provider.alice.id,
    })
  })

  it('asks at every authorization, and answers prompt=none with login_required', async () => {
    const config = await relyingParty(provider, provider.application)
    const browser = new Browsing()
    await roundTrip(browser, (await asked(config)).url)
    const again = await browser.visit((await asked(config)).url)
    expect(again.url.startsWith(`${provider.origin}/login/`)).toBe(true)
    const silent = await browser.visit((await asked(config, { prompt: 'none' })).url, CALLBACK)
    expect(new URL(silent.url).searchParams.get('error')).toBe('login_required')
  })

  it('two people may sign in one after another in one browser', async () => {
    const config = await relyingParty(provider, provider.application)
    const browser = new Browsing()
    await roundTrip(browser, (await asked(config)).url)
    const { url, checks } = await asked(config)
    const { back } = await roundTrip(browser, url, { user: provider.bea.id })
    const tokens = await client.authorizationCodeGrant(config, new URL(back.url), checks)
    expect(tokens.claims()?.sub).toBe(provider.bea.id)
  })

  it('a person other than the one hinted at does not get in', async () => {
    const config = await relyingParty(provider, provider.application)
    const first = await asked(config)
    const { back } = await roundTrip(new Browsing(), first.url)
    const { id_token: hint = '' } = await client.authorizationCodeGrant(config, new URL(back.url), first.checks)
    const other = await roundTrip(new Browsing(), (await asked(config, { id_token_hint: hint })).url, {
      user: provider.bea.id,
    })
    expect(new URL(other.back.url).searchParams.get('error')).toBe('login_required')
    const same = await roundTrip(new Browsing(), (await asked(config, { id_token_hint: hint })).url)
    expect(new URL(same.back.url).searchParams.get('code')).toBeTruthy()
  })

  it('a person other than the one whose `sub` was claimed does not get in', async () => {
    const config = await relyingParty(provider, provider.application)
    const claims = JSON.stringify({ id_token: { sub: { value: provider.bea.id } } })
    const outcome = async (user: UserId) =>
      new URL((await roundTrip(new Browsing(), (await asked(config, { claims })).url, { user })).back.url).searchParams
    expect((await outcome(provider.alice.id)).get('error')).toBe('login_required')
    expect((await outcome(provider.bea.id)).get('code')).toBeTruthy()
  })

  it.each([
    { acr: { essential: true, values: 5 } },
    { acr: { essential: 'true', values: [ACR_PUSH] } },
    { sub: { value: 5 } },
  ])('a claim that can’t be read is refused, and passes for no wish: %j', async (id_token) => {
    const config = await relyingParty(provider, provider.application)
    const { url } = await asked(config, { claims: JSON.stringify({ id_token }) })
    const { url: back } = await new Browsing().visit(url, CALLBACK)
    expect(new URL(back).searchParams.get('error')).toBe('invalid_request')
  })

  it('what a stranger begins is short: a page says so, and nothing is written', async () => {
    const config = await relyingParty(provider, provider.application)
    const begin = async (length: number) => {
      const [address = '', query] = (await asked(config, { state: 'x'.repeat(length) })).url.split('?')
      return fetch(address, { method: 'POST', body: new URLSearchParams(query), redirect: 'manual' })
    }
    const rows = () => store.read.selectFrom('oidc_artifacts').select('kind').execute()
    expect((await begin(6000)).status).toBe(303)
    const before = await rows()
    const long = await begin(50_000)
    expect([long.status, await long.text()]).toEqual([400, expect.stringContaining('the parameters are too long')])
    expect(await rows()).toEqual(before)
  })

  it('refuses an authorization without PKCE', async () => {
    const config = await relyingParty(provider, provider.application)
    const url = new URL((await asked(config)).url)
    url.searchParams.delete('code_challenge')
    url.searchParams.delete('code_challenge_method')
    const { url: back } = await new Browsing().visit(url.href, CALLBACK)
    expect(new URL(back).searchParams.get('error')).toBe('invalid_request')
  })

  it('a code is good once, also for two who come together, and only with its verifier', async () => {
    const config = await relyingParty(provider, provider.application)
    const { url, checks } = await asked(config)
    const { back } = await roundTrip(new Browsing(), url)
    const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }
    await expect(client.authorizationCodeGrant(config, new URL(back.url), wrong)).rejects.toThrow()
    const both = await Promise.allSettled(
      [1, 2].map(() => client.authorizationCodeGrant(config, new URL(back.url), checks)),
    )
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('another browser can do nothing with the address of a login page', async () => {
    const config = await relyingParty(provider, provider.application)
    const victim = new Browsing()
    const { url } = await victim.visit((await asked(config)).url)
    const stranger = new Browsing()
    await stranger.visit((await asked(config)).url)
    expect((await stranger.fetch(url, { method: 'POST', body: '{}' })).status).toBe(409)
    // Whoever reads the address can write a cookie of its name, but not sign it.
    const forged = `__Secure-countersign-interaction=${url.split('/').at(-1)}`
    for (const cookie of [forged, `${forged}; __Secure-countersign-interaction.sig=AAAAAAAAAAAAAAAAAAAAAAAAAAA`])
      expect((await fetch(url, { method: 'POST', body: '{}', headers: { cookie } })).status).toBe(409)
    expect((await victim.fetch(url, { method: 'POST', body: '{}' })).status).toBe(200)
    const resume = url.replace('/login/', '/oidc/auth/')
    expect((await stranger.fetch(resume)).status).toBe(400)
  })

  it('an authorization that has expired is gone for its own browser too, whether or not it was purged', async () => {
    const config = await relyingParty(provider, provider.application)
    const browser = new Browsing()
    const { url } = await browser.visit((await asked(config)).url)
    const post = async () => (await browser.fetch(url, { method: 'POST', body: '{}' })).status
    expect(await post()).toBe(200)
    await provider.store.write((tx) =>
      tx.updateTable('oidc_artifacts').set({ expires_at: 1 }).where('kind', '=', 'Interaction').execute(),
    )
    expect(await post()).toBe(409)
  })

  it('the application hears when the person turned back', async () => {
    const config = await relyingParty(provider, provider.application)
    const { url, checks } = await asked(config)
    const { back } = await roundTrip(new Browsing(), url, { refuse: true })
    const { searchParams } = new URL(back.url)
    expect(searchParams.get('error')).toBe('access_denied')
    expect(searchParams.get('state')).toBe(checks.expectedState)
  })

  it('sets secure cookies for this sign-in only, and none that remembers the person', async () => {
    const config = await relyingParty(provider, provider.application)
    const browser = new Browsing()
    const arrived = await browser.fetch((await asked(config)).url)
    const set = arrived.headers.getSetCookie()
    expect(set.length).toBeGreaterThan(0)
    for (const cookie of set)
      expect(cookie).toMatch(/^__Secure-.*; path=\/(login|oidc\/auth)\/.*; samesite=lax; secure; httponly/i)
    const { back } = await roundTrip(browser, (await asked(config)).url)
    expect(back.response.headers.getSetCookie().join()).not.toContain('session')
    expect(browser.cookiesFor(`${provider.origin}/oidc/auth`)).toEqual([])
  })

  it('what goes wrong before there is a way back is said on a plain page under a strict policy', async () => {
    const config = await relyingParty(provider, provider.application)
    const url = (await asked(config, { redirect_uri: 'https://evil.example/"><script>alert(1)</script>' })).url
    const { response } = await new Browsing().visit(url)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    const page = await response.text()
    expect(page).toContain('This sign-in can’t continue')
    expect(page).toContain('invalid_redirect_uri')
    expect(page).not.toContain('<script')
  })

  it('form_post goes to the application and nowhere else', async () => {
    const config = await relyingParty(provider, provider.application)
    const { url, checks } = await asked(config, { response_mode: 'form_post' })
    const { back } = await roundTrip(new Browsing(), url)
    const policy = back.response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain(`form-action ${new URL(CALLBACK).origin};`)
    expect(policy).toMatch(/script-src 'self' 'sha256-[^']+'/)
    const page = await back.response.text()
    const posted = new URLSearchParams(
      [...page.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    )
    const request = new Request(CALLBACK, { method: 'POST', body: posted })
    expect((await client.authorizationCodeGrant(config, request, checks)).claims()?.sub).toBe(provider.alice.id)
  })

  it('builds its addresses from the configuration, whatever Host and proxy headers say', async () => {
    const config = await relyingParty(provider, provider.application)
    const { url } = await asked(config)
    const headers = { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https', Forwarded: 'host=evil.example' }
    const response = await fetch(url, { headers, redirect: 'manual' })
    expect(response.headers.get('location')).toMatch(new RegExp(`^${provider.origin}/login/`))
    const metadata = await (await fetch(`${provider.origin}/oidc/.well-known/openid-configuration`, { headers })).text()
    expect(metadata).not.toContain('evil.example')
  })

  it('says in its discovery document what it can, and offers nothing beyond it', async () => {
    const metadata = (await (await fetch(`${provider.origin}/oidc/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >
    expect(metadata).toMatchObject({
      issuer: `${provider.origin}/oidc`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['openid', 'profile', 'email', 'groups', 'offline_access'],
      acr_values_supported: ['urn:countersign:acr:push', 'urn:countersign:acr:passcode'],
      prompt_values_supported: expect.arrayContaining(['none', 'login', 'consent', 'select_account']),
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      pushed_authorization_request_endpoint: `${provider.origin}/oidc/request`,
      end_session_endpoint: `${provider.origin}/oidc/session/end`,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      claims_parameter_supported: true,
      request_uri_parameter_supported: false,
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']),
    })
    for (const absent of ['introspection', 'device_authorization'])
      expect(metadata).not.toHaveProperty(`${absent}_endpoint`)
    for (const path of ['device/auth', 'token/introspection', 'session/end/confirm', 'session/end/success'])
      expect((await fetch(`${provider.origin}/oidc/${path}`, { method: 'POST' })).status).toBe(404)
  })

  it('keeps its keys, and keeps no code, token or private key readable in the store', async () => {
    const config = await relyingParty(provider, provider.application)
    const { url, checks } = await asked(config)
    const { back } = await roundTrip(new Browsing(), url)
    const tokens = await client.authorizationCodeGrant(config, new URL(back.url), checks)
    const rows = JSON.stringify([
      await store.read.selectFrom('oidc_artifacts').selectAll().execute(),
      await store.read.selectFrom('settings').selectAll().execute(),
    ])
    for (const secret of [
      new URL(back.url).searchParams.get('code') ?? '?',
      tokens.access_token,
      provider.alice.id,
      '"d"',
    ])
      expect(rows).not.toContain(secret)
    const jwks = await (await fetch(`${provider.origin}/oidc/jwks`)).text()
    expect(JSON.parse(jwks).keys.map((key: { alg: string }) => key.alg)).toEqual(['RS256', 'ES256'])
    expect(jwks).not.toContain('"d"')
    const restarted = await provision(store).catch((error: Error) => error.message)
    // The users are there already; the keys must be, too.
    expect(restarted).toMatch(/taken/)
    expect(provider.lines).toEqual([])
  })

  it('forgets what expired', async () => {
    const config = await relyingParty(provider, provider.application)
    await new Browsing().visit((await asked(config)).url)
    expect(await purgeArtifacts(store, Date.now())).toBe(0)
    expect(await purgeArtifacts(store, Date.now() + 3_600_000)).toBe(1)
  })
})
