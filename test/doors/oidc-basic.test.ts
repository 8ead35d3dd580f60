// The points of OpenID's basic profile that a conformance run would look at, as tests of our own. Raw HTTP: no library
// of the client's side smooths anything over.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  jwtVerify,
  SignJWT,
} from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { rotateSigningKeys } from '../../server/oidc/keys.ts'
import { Browsing } from '../support/browsing.ts'
import { alice, CALLBACK, type Person, signIn } from '../support/relying-party.ts'
import { GENEROUS, startServer, type TestServer } from '../support/server.ts'

const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const
type Json = Record<string, unknown>

/** As parameters, or as the fragment that other flows would have. */
const readBack = ({ searchParams, hash }: URL) =>
  Object.fromEntries([...searchParams, ...new URLSearchParams(hash.slice(1))])

describe('the basic profile of an OpenID provider', () => {
  let server: TestServer
  let who: Person
  let client: { id: string; secret: string }
  let other: { id: string; secret: string }
  let metadata: Json & Record<'authorization_endpoint' | 'token_endpoint' | 'userinfo_endpoint' | 'jwks_uri', string>
  beforeAll(async () => {
    server = await startServer('sqlite', { env: GENEROUS })
    const { parts } = server.running
    who = await alice(server, { displayName: 'Alice', email: 'alice@harbour.example' })
    const add = async () => {
      const { clientId = '', clientSecret = '' } = await addApplication(parts, { name: 'H', redirectUris: [CALLBACK] })
      return { id: clientId, secret: clientSecret }
    }
    client = await add()
    other = await add()
    metadata = await (await fetch(`${server.wire.origin}/oidc/.well-known/openid-configuration`)).json()
  })
  afterAll(() => server.close())

  function question(changes: Record<string, string | undefined> = {}) {
    const verifier = randomBytes(32).toString('base64url')
    const all: Record<string, string | undefined> = {
      client_id: client.id,
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid profile email',
      state: 'the-state',
      nonce: 'the-nonce',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...changes,
    }
    const query = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
    return { url: `${metadata.authorization_endpoint}?${new URLSearchParams(query)}`, verifier }
  }

  /** Where the browser is sent without anybody being asked. */
  async function refused(changes: Record<string, string | undefined>) {
    const { url, response } = await new Browsing().visit(question(changes).url, CALLBACK)
    const back = url.startsWith(CALLBACK) ? readBack(new URL(url)) : undefined
    return { status: response.status, back }
  }

  async function exchange(
    code: string,
    verifier: string,
    changes: Record<string, string | undefined> = {},
    as = client,
  ) {
    const authorization = `Basic ${Buffer.from(`${as.id}:${as.secret}`).toString('base64')}`
    const all = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier, ...changes }
    const body = new URLSearchParams(Object.entries(all).filter((e): e is [string, string] => e[1] !== undefined))
    const response = await fetch(metadata.token_endpoint, { method: 'POST', headers: { authorization }, body })
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Json & { access_token: string; id_token: string },
    }
  }

  async function signedIn(changes: Record<string, string | undefined> = {}) {
    const { url, verifier } = question(changes)
    const back = await signIn(server, url, who)
    return { back, verifier, code: back.searchParams.get('code') ?? '' }
  }

  it('answers with code, state and issuer, and exchanges the code for tokens as OAuth says', async () => {
    const { back, code, verifier } = await signedIn()
    expect(Object.fromEntries(back.searchParams)).toEqual({ code, state: 'the-state', iss: metadata.issuer })
    const { status, headers, body } = await exchange(code, verifier)
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'openid profile email' })
    const keys = (await (await fetch(metadata.jwks_uri)).json()) as JSONWebKeySet
    const { payload, protectedHeader } = await jwtVerify(body.id_token, createLocalJWKSet(keys), {
      issuer: String(metadata.issuer),
      audience: client.id,
    })
    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: expect.any(String) })
    expect(payload).toMatchObject({ nonce: 'the-nonce', sub: expect.any(String), auth_time: expect.any(Number) })
    expect(Number(payload.exp) - Number(payload.iat)).toBe(600)
  })

  it('gives user info by header, GET or POST, and 401 with a challenge otherwise', async () => {
    const { code, verifier } = await signedIn()
    const { body } = await exchange(code, verifier)
    const headers = { authorization: `Bearer ${body.access_token}` }
    for (const method of ['GET', 'POST']) {
      const response = await fetch(metadata.userinfo_endpoint, { method, headers })
      expect(await response.json()).toMatchObject({
        name: 'Alice',
        preferred_username: 'alice',
        email: 'alice@harbour.example',
      })
    }
    const without = await fetch(metadata.userinfo_endpoint, { headers: { authorization: 'Bearer nonsense' } })
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^(Bearer|DPoP) /),
    ])
  })

  it('refuses by redirect what can be told to the application, and shows what can’t', async () => {
    expect(await refused({ response_type: 'token' })).toMatchObject({
      back: { error: 'unsupported_response_type', state: 'the-state' },
    })
    expect(await refused({ response_type: undefined })).toMatchObject({ back: { error: 'invalid_request' } })
    expect(await refused({ prompt: 'none' })).toMatchObject({ back: { error: 'login_required', iss: metadata.issuer } })
    expect(await refused({ prompt: 'none login' })).toMatchObject({ back: { error: 'invalid_request' } })
    expect(await refused({ max_age: '-1' })).toMatchObject({ back: { error: 'invalid_request' } })
    expect(await refused({ request: 'e30.e30.' })).toMatchObject({ back: { error: 'request_not_supported' } })
    expect(await refused({ request_uri: 'https://harbour.example/r' })).toMatchObject({
      back: { error: expect.stringMatching(/request_uri/) },
    })
    expect(await refused({ redirect_uri: 'https://evil.example/' })).toEqual({ status: 400, back: undefined })
    expect(await refused({ redirect_uri: undefined })).toEqual({ status: 400, back: undefined })
    const page = await (await new Browsing().fetch(question({ redirect_uri: undefined }).url)).text()
    expect(page).toContain('missing required parameter &#39;redirect_uri&#39;')
    expect(await refused({ client_id: 'nobody' })).toEqual({ status: 400, back: undefined })
    // A scope that is not known is not an error.
    const { url } = await new Browsing().visit(question({ scope: 'openid unheard-of' }).url, CALLBACK)
    expect(url).toContain('/login/')
  })

  it('takes an authorization by POST, and ignores a parameter it does not know', async () => {
    const { url } = question({ 'unheard-of': 'x', display: 'popup', ui_locales: 'de en' })
    const [address = '', query = ''] = url.split('?')
    const response = await new Browsing().fetch(address, { method: 'POST', body: new URLSearchParams(query) })
    expect([response.status, response.headers.get('location')]).toEqual([303, expect.stringContaining('/login/')])
  })

  it('gives a code to its client alone, once, for its redirect URI and verifier, and takes back what came of it', async () => {
    const { code, verifier } = await signedIn()
    const wrong = [
      await exchange(code, verifier, {}, other),
      await exchange(code, verifier, { redirect_uri: `${CALLBACK}/` }),
      await exchange(code, randomBytes(32).toString('base64url')),
      await exchange(code, verifier, { code_verifier: undefined }),
    ]
    for (const { status, body } of wrong)
      expect([status, body.error]).toEqual([400, expect.stringMatching(/^invalid_(grant|request)$/)])
    const { body } = await exchange(code, verifier)
    expect(body.access_token).toBeTruthy()
    expect((await exchange(code, verifier)).body.error).toBe('invalid_grant')
    const headers = { authorization: `Bearer ${body.access_token}` }
    expect((await fetch(metadata.userinfo_endpoint, { headers })).status).toBe(401)
  })

  it('knows a client by its secret alone', async () => {
    const { code, verifier } = await signedIn()
    const { status, body } = await exchange(code, verifier, {}, { ...client, secret: 'wrong' })
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    expect((await exchange(code, verifier, { grant_type: 'password' })).body.error).toBe('unsupported_grant_type')
    expect((await exchange(code, verifier, { grant_type: 'refresh_token' })).status).toBe(400)
  })

  it('asks again after any sign-in, whatever max_age and prompt say, and tells when they confirmed', async () => {
    const browser = new Browsing()
    await signIn(server, question().url, who, 'approve', CALLBACK, browser)
    for (const wish of [
      { max_age: '86400' },
      { max_age: '0' },
      ...['login', 'consent', 'select_account'].map(prompted),
    ]) {
      const { url, verifier } = question(wish)
      const before = Math.floor(Date.now() / 1000)
      const back = await signIn(server, url, who, 'approve', CALLBACK, browser)
      const { body } = await exchange(back.searchParams.get('code') ?? '', verifier)
      expect([wish, Number(decodeJwt(body.id_token).auth_time) >= before]).toEqual([wish, true])
    }
  })
  const prompted = (prompt: string) => ({ prompt })

  it('signs what applications check by keys that they looked up before new ones came', async () => {
    const { parts } = server.running
    const cached = createLocalJWKSet((await (await fetch(metadata.jwks_uri)).json()) as JSONWebKeySet)
    const signed = async () => {
      const { code, verifier } = await signedIn()
      return (await exchange(code, verifier)).body.id_token
    }
    const before = await signed()
    await rotateSigningKeys(parts, { atOnce: false }, BY)
    await parts.refreshKeys()
    expect(((await (await fetch(metadata.jwks_uri)).json()) as JSONWebKeySet).keys).toHaveLength(4)
    await jwtVerify(await signed(), cached)
    const { back } = await signedIn({ id_token_hint: before })
    expect(back.searchParams.get('code')).toBeTruthy()
  })

  describe('what the discovery document announces', () => {
    const announced = (member: string) => (metadata[member] ?? []) as string[]
    const pairOf = (alg: string) => generateKeyPair(alg, { extractable: true })
    /** `invalid_grant`: who asked and how was right, and what they wanted is nothing. */
    async function refresh(body: Record<string, string>, headers: Record<string, string> = {}): Promise<string> {
      const all = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', ...body })
      const response = await fetch(metadata.token_endpoint, { method: 'POST', headers, body: all })
      return ((await response.json()) as { error: string }).error
    }

    it('are addresses that answer, of this issuer', async () => {
      const addresses = Object.entries(metadata).filter(([name]) => /(_endpoint|jwks_uri)$/.test(name))
      expect(addresses.length).toBeGreaterThan(8)
      for (const [name, address] of addresses) {
        const statuses = await Promise.all(
          ['GET', 'POST'].map(async (method) => (await fetch(String(address), { method, redirect: 'manual' })).status),
        )
        expect([name, String(address).startsWith(`${metadata.issuer}/`)]).toEqual([name, true])
        expect([name, statuses.every((status) => status === 404 || status >= 500)]).toEqual([name, false])
      }
    })

    it('are ways to show who an application is, each with each algorithm', async () => {
      expect(announced('token_endpoint_auth_methods_supported')).toHaveLength(3)
      const { id, secret } = client
      const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
      const known = [await refresh({}, { authorization }), await refresh({ client_id: id, client_secret: secret })]
      // Known, but nothing of theirs is to be renewed.
      expect(known).not.toContain('invalid_client')
      for (const alg of announced('token_endpoint_auth_signing_alg_values_supported')) {
        const { publicKey, privateKey } = await pairOf(alg)
        const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg, kid: 'one' }] } as never
        const settings = { authentication: 'private-key' as const, jwks, refreshTokens: true }
        const { clientId: by = '' } = await addApplication(server.running.parts, {
          name: 'H',
          redirectUris: [CALLBACK],
          client: settings,
        })
        const assertion = await new SignJWT({ iss: by, sub: by, aud: String(metadata.issuer), jti: randomUUID() })
          .setProtectedHeader({ alg, kid: 'one' })
          .setIssuedAt()
          .setExpirationTime('1m')
          .sign(privateKey)
        const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
        const said = await refresh({ client_id: by, client_assertion: assertion, client_assertion_type: type })
        expect([alg, said]).toEqual([alg, 'invalid_grant'])
      }
    })

    it('are algorithms of proofs, and none besides', async () => {
      const algs = announced('dpop_signing_alg_values_supported')
      const { clientId: by = '', clientSecret = '' } = await addApplication(server.running.parts, {
        name: 'H',
        redirectUris: [CALLBACK],
        client: { refreshTokens: true },
      })
      for (const alg of [...algs, 'RS256']) {
        const { publicKey, privateKey } = await pairOf(alg)
        const dpop = await new SignJWT({ jti: randomUUID(), htm: 'POST', htu: metadata.token_endpoint })
          .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk: await exportJWK(publicKey) })
          .setIssuedAt()
          .sign(privateKey)
        const said = await refresh({ client_id: by, client_secret: clientSecret }, { dpop })
        expect([alg, said]).toEqual([alg, algs.includes(alg) ? 'invalid_grant' : 'invalid_dpop_proof'])
      }
    })

    it('are claims that an application can ask for, and ways to bring the answer', async () => {
      const names = announced('claims_supported')
      const id_token = Object.fromEntries(names.map((name) => [name, null]))
      const wish = { scope: announced('scopes_supported').join(' '), claims: JSON.stringify({ id_token }) }
      const { back, verifier } = await signedIn({ ...wish, response_mode: 'fragment' })
      expect(back.search).toBe('')
      const { code = '', iss } = readBack(back)
      expect(iss).toBe(metadata.issuer)
      const { body } = await exchange(code, verifier)
      const given = decodeJwt(body.id_token)
      expect(names.filter((name) => !(name in given))).toEqual([])
      expect(decodeProtectedHeader(body.id_token).alg).toBe('RS256')
      expect(announced('id_token_signing_alg_values_supported')).toEqual(['RS256'])
      expect(announced('response_modes_supported').sort()).toEqual(['form_post', 'fragment', 'query'])
      expect(metadata.backchannel_user_code_parameter_supported).toBe(false)
    })

    it('are grants, and another is refused as one that is not there', async () => {
      const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
      for (const grant of [...announced('grant_types_supported'), 'password', 'client_credentials']) {
        const said = await refresh({ grant_type: grant, code: 'x', auth_req_id: 'x' }, { authorization })
        const isThere = announced('grant_types_supported').includes(grant)
        expect([grant, said !== 'unsupported_grant_type']).toEqual([grant, isThere])
      }
    })
  })
})
