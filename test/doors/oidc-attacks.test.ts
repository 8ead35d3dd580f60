// What somebody who means harm would try at the OpenID door.
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { Browsing } from '../support/browsing.ts'
import {
  alice,
  asked,
  CALLBACK,
  confirm,
  LoginPage,
  type Person,
  relyingParty,
  signIn,
} from '../support/relying-party.ts'
import { GENEROUS, startServer, type TestServer } from '../support/server.ts'

describe('attacks on OpenID Connect', () => {
  let server: TestServer
  let who: Person
  let config: client.Configuration
  let clientId: string
  let secret: string
  beforeAll(async () => {
    await once(keyServer.listen(0, '127.0.0.1'), 'listening')
    keysAt = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}`
    server = await startServer('sqlite', {
      env: { ...GENEROUS, COUNTERSIGN_WEBHOOK_ORIGINS: keysAt },
      logLevel: 'debug',
    })
    const { parts } = server.running
    who = await alice(server)
    const added = await addApplication(parts, {
      name: 'Harbour',
      redirectUris: [CALLBACK],
      client: { refreshTokens: true, postLogoutRedirectUris: ['https://harbour.example/bye'] },
    })
    clientId = added.clientId ?? ''
    secret = added.clientSecret ?? ''
    config = await relyingParty(server, clientId, secret)
  })
  afterAll(async () => {
    await server.close()
    keyServer.close()
  })

  /** Of an application, on a server of its own. */
  const keyServer = createServer((_incoming, outgoing) => void outgoing.end(keys))
  let keysAt = ''
  let keys = ''

  const tokens = async () => {
    const { url, checks } = await asked(config)
    return client.authorizationCodeGrant(config, await signIn(server, url, who), checks)
  }

  it('a redirect URI is the registered one to the letter', async () => {
    for (const uri of [
      `${CALLBACK}/`,
      `${CALLBACK}?x=1`,
      `${CALLBACK}#x`,
      `${CALLBACK}/../callback`,
      'https://harbour.example/callbacK',
      'https://HARBOUR.example/callback',
      'https://harbour.example:443/callback',
      'https://harbour.example.evil.example/callback',
      'https://evil.example@harbour.example/callback',
      'https://harbour.example%2f@evil.example/callback',
      'https://harbour.example\\@evil.example/callback',
      '//harbour.example/callback',
      'javascript:alert(1)',
      `${CALLBACK}\n`,
    ]) {
      const { url } = await asked(config, { redirect_uri: uri })
      const response = await new Browsing().fetch(url)
      expect([uri, response.status, response.headers.get('location')]).toEqual([uri, 400, null])
    }
    // Twice is none: two readers could take different ones.
    const { url } = await asked(config)
    const twice = await new Browsing().fetch(`${url}&redirect_uri=${encodeURIComponent('https://evil.example/')}`)
    expect([twice.status, twice.headers.get('location')]).toEqual([400, null])
    expect(await twice.text()).not.toMatch(/evil\.example|harbour\.example/)
  })

  it('no page of this door sends the browser to an address of the attacker’s', async () => {
    const evil = 'https://evil.example/'
    for (const path of [
      `/oidc/session/end?post_logout_redirect_uri=${evil}`,
      `/oidc/session/end?client_id=${clientId}&post_logout_redirect_uri=${evil}`,
      `/oidc/session/end?client_id=${clientId}&post_logout_redirect_uri=https://harbour.example/bye%0d%0aLocation:${evil}`,
      `/oidc/auth/nothing?redirect_uri=${evil}`,
      `/oidc//evil.example`,
      `/oidc/auth?client_id=nobody&redirect_uri=${evil}`,
      `/login/nothing?continueTo=${evil}`,
    ]) {
      const response = await new Browsing().fetch(server.wire.origin + path)
      const location = response.headers.get('location')
      expect([path, location && new URL(location, server.wire.origin).origin]).toEqual([path, null])
    }
  })

  it('an answer names its issuer, so that a client of two providers cannot be mixed up', async () => {
    const { url, checks } = await asked(config)
    const back = await signIn(server, url, who)
    expect(back.searchParams.get('iss')).toBe(config.serverMetadata().issuer)
    const elsewhere = new URL(back)
    elsewhere.searchParams.set('iss', 'https://other.example/oidc')
    await expect(client.authorizationCodeGrant(config, elsewhere, checks)).rejects.toThrow()
    const { url: failing } = await asked(config, { prompt: 'none' })
    const failed = new URL((await new Browsing().visit(failing, CALLBACK)).url)
    expect(failed.searchParams.get('iss')).toBe(config.serverMetadata().issuer)
  })

  it('a code that comes twice ends what it was exchanged for', async () => {
    const { url, checks } = await asked(config)
    const back = await signIn(server, url, who)
    const first = await client.authorizationCodeGrant(config, back, checks)
    await expect(client.authorizationCodeGrant(config, back, checks)).rejects.toThrow()
    await expect(client.refreshTokenGrant(config, first.refresh_token ?? '')).rejects.toThrow()
  })

  it('an authorization is gone on with once, also where that comes five times at once', async () => {
    const login = await LoginPage.open(server, (await asked(config)).url)
    await login.post('password', { username: who.username, password: who.password })
    await confirm(login, who.device, 'approve')
    const { continueTo = '' } = await login.state()
    const together = await Promise.all(Array.from({ length: 5 }, () => login.browser.fetch(continueTo)))
    const codes = together.map(({ headers }) => new URL(headers.get('location') ?? CALLBACK).searchParams.get('code'))
    expect(codes.filter((code) => code !== null)).toHaveLength(1)
    expect(together.map(({ status }) => status).sort()).toEqual([303, 400, 400, 400, 400])
  })

  it('a code injected from another sign-in fails by verifier and nonce', async () => {
    const [attacker, victim] = [await asked(config), await asked(config)]
    const stolen = await signIn(server, attacker.url, who)
    const injected = new URL(stolen)
    injected.searchParams.set('state', victim.checks.expectedState)
    await expect(client.authorizationCodeGrant(config, injected, victim.checks)).rejects.toThrow()
  })

  it('a nonce is given back as it came, and one used twice is the application’s to notice', async () => {
    const nonce = 'the-same'
    const one = await asked(config, { nonce })
    const back = await signIn(server, one.url, who)
    const got = await client.authorizationCodeGrant(config, back, { ...one.checks, expectedNonce: nonce })
    expect(got.claims()?.nonce).toBe(nonce)
    const other = await asked(config)
    const again = await signIn(server, other.url, who)
    await expect(
      client.authorizationCodeGrant(config, again, { ...other.checks, expectedNonce: nonce }),
    ).rejects.toThrow()
  })

  it('an ID token by another algorithm or key is no hint', async () => {
    const got = await tokens()
    const { id_token: token = '' } = got
    const claims = { ...got.claims() } as Record<string, unknown>
    const keys = (await (await fetch(config.serverMetadata().jwks_uri ?? '')).json()) as { keys: { kid: string }[] }
    const [key] = keys.keys
    const signed = (alg: string, bytes: Uint8Array) =>
      new SignJWT(claims).setProtectedHeader({ alg, kid: key?.kid ?? '' }).sign(bytes)
    const forged = [
      new UnsecuredJWT(claims).encode(),
      await signed('HS256', new TextEncoder().encode(secret)),
      await signed('HS256', new TextEncoder().encode(JSON.stringify(key))),
      token.replace(/\.[^.]*$/, '.'),
      `${token.split('.')[0]}.${Buffer.from(JSON.stringify({ ...claims, sub: 'somebody' })).toString('base64url')}.${token.split('.')[2]}`,
    ]
    for (const hint of forged) {
      const { url } = await asked(config, { id_token_hint: hint })
      const back = new URL((await new Browsing().visit(url, CALLBACK)).url)
      expect(back.searchParams.get('error')).toBe('invalid_request')
      const logout = client.buildEndSessionUrl(config, { id_token_hint: hint })
      expect((await new Browsing().fetch(logout.href)).status).toBe(400)
    }
    // As the client's own assertion: nothing but a key of its own, and this one has none.
    const assertion = await new SignJWT({ iss: clientId, sub: clientId, aud: config.serverMetadata().issuer, jti: 'x' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1m')
      .setIssuedAt()
      .sign(new TextEncoder().encode(secret))
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: 'x',
      client_id: clientId,
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    const answer = await fetch(config.serverMetadata().token_endpoint ?? '', { method: 'POST', body })
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([401, 'invalid_client'])
  })

  it('a proof of DPoP is good once, also where it comes five times at once', async () => {
    const { url, checks } = await asked(config)
    const pair = await client.randomDPoPKeyPair('ES256')
    const DPoP = client.getDPoPHandle(config, pair)
    const back = await signIn(server, url, who)
    const { access_token: token } = await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP })
    const endpoint = config.serverMetadata().userinfo_endpoint ?? ''
    const jwk = await exportJWK(pair.publicKey)
    const ath = createHash('sha256').update(token).digest('base64url')
    const proof = () =>
      new SignJWT({ jti: randomUUID(), htm: 'GET', htu: endpoint, ath })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .setIssuedAt()
        .sign(pair.privateKey)
    const shown = async (dpop: string) =>
      (await fetch(endpoint, { headers: { authorization: `DPoP ${token}`, dpop } })).status
    const [one, other] = [await proof(), await proof()]
    expect([await shown(one), (await shown(one)) >= 400]).toEqual([200, true])
    const together = await Promise.all([other, other, other, other, other].map(shown))
    expect(together.filter((status) => status === 200)).toHaveLength(1)
    expect(together.filter((status) => status >= 500)).toEqual([])
  })

  describe('an application that signs for itself', () => {
    let key: CryptoKey
    let publicKey: CryptoKey
    let id: string
    beforeAll(async () => {
      const pair = await generateKeyPair('ES256')
      key = pair.privateKey
      publicKey = pair.publicKey
      const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kty: 'EC' as const, alg: 'ES256', kid: 'one' }] }
      const added = await addApplication(server.running.parts, {
        name: 'Harbour',
        redirectUris: [CALLBACK],
        client: { authentication: 'private-key', jwks, refreshTokens: true },
      })
      id = added.clientId ?? ''
    })

    const assertion = (changes: Record<string, unknown> = {}, by = id) => {
      const now = Math.floor(Date.now() / 1000)
      const aud = config.serverMetadata().issuer
      const claims = { iss: by, sub: by, aud, jti: randomUUID(), iat: now, exp: now + 60, ...changes }
      return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(key)
    }
    /** `invalid_grant`: it was known; what it wanted is nothing. */
    async function answered(signed: string, by = id): Promise<string> {
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id: by,
        client_assertion: signed,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      })
      const answer = await fetch(config.serverMetadata().token_endpoint ?? '', { method: 'POST', body })
      return ((await answer.json()) as { error: string }).error
    }

    it('is known by an assertion once', async () => {
      const signed = await assertion()
      expect([await answered(signed), await answered(signed)]).toEqual(['invalid_grant', 'invalid_client'])
    })

    it('is known once by an assertion that comes five times at once', async () => {
      const signed = await assertion()
      const together = await Promise.all(Array.from({ length: 5 }, () => answered(signed)))
      expect(together.filter((error) => error === 'invalid_grant')).toHaveLength(1)
      expect(together).not.toContain('server_error')
    })

    it('tells its keys on a server of its own, which may tell no more than keys', async () => {
      const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'one' }] })
      const known = async (told: string) => {
        keys = told
        const { clientId: by = '' } = await addApplication(server.running.parts, {
          name: 'Harbour',
          redirectUris: [CALLBACK],
          client: { authentication: 'private-key', jwksUri: `${keysAt}/keys`, refreshTokens: true },
        })
        return answered(await assertion({}, by), by)
      }
      expect(await known(jwks)).toBe('invalid_grant')
      expect(await known(jwks.padEnd(100_000))).toBe('invalid_client')
    })

    it.each<[string, () => Record<string, unknown>]>([
      ['is for somebody else', () => ({ aud: 'https://elsewhere.example/oidc' })],
      ['is nobody’s', () => ({ iss: undefined })],
      ['is another’s', () => ({ iss: clientId })],
      ['has expired', () => ({ exp: Math.floor(Date.now() / 1000) - 60 })],
      ['never expires', () => ({ exp: undefined })],
      ['has no name of its own', () => ({ jti: undefined })],
    ])('is not known by one that %s', async (_what, changes) => {
      expect(await answered(await assertion(changes()))).toBe('invalid_client')
    })
  })

  it('calls that are broken off are no errors of this server', async () => {
    const { host } = new URL(server.wire.origin)
    for (const path of ['/oidc/token', '/oidc/auth']) {
      const socket = connect(server.wire.port, '127.0.0.1').on('error', () => undefined)
      const head = [`POST ${path} HTTP/1.1`, `Host: ${host}`, 'Content-Length: 500']
      socket.write(`${[...head, 'Content-Type: application/x-www-form-urlencoded'].join('\r\n')}\r\n\r\ngrant_type=`)
      socket.end().resume()
      await once(socket, 'close')
    }
    const failures = () => server.lines.filter((line) => /"level":"error"|the OpenID provider failed/.test(line))
    expect(failures()).toEqual([])
  })

  it('PKCE can’t be left away, weakened, or guessed from the challenge', async () => {
    for (const [name, value] of [
      ['code_challenge_method', 'plain'],
      ['code_challenge', 'short'],
    ] as const) {
      const { url } = await asked(config, { [name]: value })
      const back = new URL((await new Browsing().visit(url, CALLBACK)).url)
      expect(back.searchParams.get('error')).toBe('invalid_request')
    }
    const { url, checks } = await asked(config)
    const challenge = new URL(url).searchParams.get('code_challenge') ?? ''
    const back = await signIn(server, url, who)
    await expect(
      client.authorizationCodeGrant(config, back, { ...checks, pkceCodeVerifier: challenge }),
    ).rejects.toThrow()
  })
})
