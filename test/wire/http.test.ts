// What all calls have in common: hosts, sizes, media types, the order of faults, and what every answer carries.
import { createConnection } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { startServer } from '../support/server.ts'
import { call, said, type Wire } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { expectInvalid, expectProblem } from '../support/wire-problem.ts'

const REQUESTS = '/api/v1/login-requests'
const NOWHERE = `req_${'0'.repeat(26)}`
const JSON_TYPE = { 'content-type': 'application/json' }
const MOST = 64 * 1024
const TOO_LARGE = 'x'.repeat(MOST + 1)

/** Bytes as they are, where no client would send them. @returns the answer as text */
function raw({ port }: Wire, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = createConnection(port, '127.0.0.1', () => socket.write(text))
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}

describe.each(ENGINES)('every call on %s', (engine) => {
  const house = wireHouse(engine)
  const own = { headers: { authorization: 'Bearer csk_wrong' } }

  it.each([
    ['GET', `${REQUESTS}/${NOWHERE}`],
    ['GET', '/api/v1/nowhere'],
    ['PUT', REQUESTS],
    ['GET', '/device/v1/config'],
    ['POST', '/device/v1/decisions'],
    ['GET', '/device/v1/enrolments/open'],
    ['OPTIONS', REQUESTS],
  ])('%s %s is not to be stored, and no page elsewhere may read it', async (method, path) => {
    const headers = { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' }
    for (const reply of [
      await call(house.server.wire, method, path, { headers }),
      await house.application.call(method, path, { headers }),
    ]) {
      expect(reply.headers['cache-control']).toBe('no-store')
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(reply.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    }
  })

  it.each([
    ['GET', '/'],
    ['GET', '/requests/x'],
    ['GET', '/login/x'],
    ['GET', `${REQUESTS}/${NOWHERE}`],
  ])('%s %s allows nothing from elsewhere, no frame and no base', async (method, path) => {
    const { headers } = await call(house.server.wire, method, path)
    const policy = String(headers['content-security-policy'])
    for (const part of ["default-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", 'require-trusted-types-for'])
      expect(policy).toContain(part)
    expect(policy).not.toMatch(/unsafe|data:|blob:|https?:|\*/)
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
  })

  describe('is refused for the first of its faults', () => {
    it.each([
      ['POST', REQUESTS],
      ['POST', '/api/v1/nowhere'],
      ['DELETE', REQUESTS],
      ['POST', '/device/v1/decisions'],
      ['PUT', '/device/v1/subscription'],
      ['POST', '/device/v1/enrolments/open'],
    ])('too large before anything else: %s %s', async (method, path) => {
      expectProblem(await call(house.server.wire, method, path, { body: TOO_LARGE }), '413 body-too-large')
    })

    it('too large too where it does not say its size beforehand, and the answer still arrives', async () => {
      const body = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(MOST)),
        type: 'bytes',
      })
      const whole = body.pipeThrough(endAfter(20_000_000))
      const sent = { method: 'POST', body: whole, duplex: 'half' } as const
      const answer = await fetch(house.server.wire.origin + REQUESTS, sent)
      expect(answer.status).toBe(413)
      await answer.body?.cancel()
    })

    it('of 64 KiB is not too large', async () => {
      const body = JSON.stringify({ username: 'x', more: 'x'.repeat(MOST - 26) })
      expect(body).toHaveLength(MOST)
      expectProblem(await house.application.call('POST', REQUESTS, { body, headers: JSON_TYPE }), '404 unknown-user')
    })

    it.each([
      ['no key', {}],
      ['a wrong key', own.headers],
      ['another scheme', { authorization: `Basic ${btoa('csk_a:b')}` }],
      ['an empty key', { authorization: 'Bearer ' }],
    ])('unauthenticated by %s, before its address and its body', async (_, headers) => {
      for (const [method, path] of [
        ['POST', REQUESTS],
        ['GET', '/api/v1/nowhere'],
        ['PATCH', REQUESTS],
        ['GET', `${REQUESTS}/${NOWHERE}/events`],
      ] as const)
        expectProblem(
          await call(house.server.wire, method, path, method === 'POST' ? { headers, body: '{' } : { headers }),
          '401 unauthenticated',
        )
    })

    it('without an address before its body', async () => {
      const sent = { body: '{', headers: { 'content-type': 'text/plain' } }
      expectProblem(await house.application.call('POST', '/api/v1/nowhere', sent), '404 not-found')
      expectProblem(await house.application.call('POST', `${REQUESTS}/`, sent), '404 not-found')
    })

    it.each([
      ['PUT', REQUESTS, 'POST'],
      ['GET', REQUESTS, 'POST'],
      ['POST', `${REQUESTS}/${NOWHERE}`, 'GET, DELETE'],
      ['GET', `${REQUESTS}/${NOWHERE}/redeem`, 'POST'],
      ['DELETE', `${REQUESTS}/${NOWHERE}/events`, 'GET'],
      ['GET', '/api/v1/passcodes/verify', 'POST'],
    ])('by a method that its address does not take, before its body: %s %s', async (method, path, allowed) => {
      const reply = await house.application.call(method, path, { headers: { 'content-type': 'text/plain' } })
      expectProblem(reply, '405 method-not-allowed')
      expect(reply.headers.allow).toBe(allowed)
    })

    it.each([
      ['of another media type', '{"username":"alice"}', { 'content-type': 'text/plain' }],
      ['without a media type', '{"username":"alice"}', {}],
      ['of a form’s media type', 'username=alice', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['that is empty', '', JSON_TYPE],
      ['of broken JSON', '{"username":', JSON_TYPE],
      ['of two JSON values', '{}{}', JSON_TYPE],
      ['that is no UTF-8', Buffer.from('{"username":"\xff"}', 'latin1'), JSON_TYPE],
    ])('malformed by a body %s', async (_, body, headers) => {
      const reply = await house.application.call('POST', REQUESTS, { body, headers })
      expectProblem(reply, '400 malformed')
    })

    it.each(['[]', '"text"', '17', 'null', 'true'])('invalid as a whole where it is %s', async (body) => {
      expectInvalid(await house.application.call('POST', REQUESTS, { body, headers: JSON_TYPE }), '')
    })

    it('invalid before what it is about is looked for', async () => {
      const { body } = await house.application.create('nobody-at-all', { context: { ip: 'here' } })
      expect(body).toMatchObject({ status: 422 })
    })
  })

  it('takes a media type with a parameter', async () => {
    const { username } = await house.person()
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    const reply = await house.application.call('POST', REQUESTS, { body: JSON.stringify({ username }), headers })
    expect(said(reply)).toBe('201')
  })

  it('ignores members it does not know, however deep', async () => {
    const { username } = await house.person()
    const context = { message: 'Hello', mood: 'good' }
    expect(said(await house.application.create(username, { context, colour: 'blue', number: 42 }))).toBe('201')
  })

  it('about what no store can be asked for finds nothing', async () => {
    const sent = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    const body = 'grant_type=authorization_code&code=%00&client_id=%00&client_secret=x'
    const answers = [
      await call(house.server.wire, 'GET', '/oidc/auth?client_id=%00'),
      await call(house.server.wire, 'POST', '/oidc/token', { ...sent, body }),
      await house.application.call('GET', `${REQUESTS}/%00`),
      await (await house.person()).device.call('GET', '/device/v1/history?before=%00'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([400, 401, 404, 422])
  })

  it('by HEAD is answered as by GET, without a body', async () => {
    const { created } = await house.asked()
    const reply = await house.application.call('HEAD', `${REQUESTS}/${created.id}`)
    expect([said(reply), reply.headers['content-type'], reply.text]).toEqual(['200', 'application/json', ''])
    const events = await house.application.call('HEAD', `${REQUESTS}/${created.id}/events`)
    expect([said(events), events.headers['content-type'], events.text]).toEqual(['200', 'text/event-stream', ''])
  })

  describe('by its Host', () => {
    const foreign = ['elsewhere.example', '127.0.0.1', 'localhost', 'localhost:1', 'localhost.elsewhere.example']
    it.each(foreign)('%s is for another server', async (host) => {
      for (const path of ['/', REQUESTS, '/device/v1/config', '/login/x', '/oidc/jwks', '/assets/x.js', '/sw.js'])
        expectProblem(await call(house.server.wire, 'GET', path, { headers: { host } }), '421 wrong-host')
    })

    it('is for another server before it is too large', async () => {
      const sent = { headers: { host: 'elsewhere.example' }, body: TOO_LARGE }
      expectProblem(await call(house.server.wire, 'POST', REQUESTS, sent), '421 wrong-host')
    })

    it('whatever that is, health is told', async () => {
      for (const path of ['/healthz', '/readyz']) {
        const reply = await call(house.server.wire, 'GET', path, { headers: { host: 'elsewhere.example' } })
        expect([said(reply), reply.body]).toEqual(['200', { ok: true }])
        const oldest = await raw(house.server.wire, `GET ${path} HTTP/1.0\r\n\r\n`)
        expect(oldest).toMatch(/^HTTP\/1.1 200 OK\r\n/)
      }
    })

    it('is for nobody where there is none', async () => {
      expect(await raw(house.server.wire, `GET ${REQUESTS} HTTP/1.0\r\n\r\n`)).toMatch(
        /^HTTP\/1.1 421 [^{]*application\/problem\+json[^{]*\{"type":"urn:countersign:problem:wrong-host"/,
      )
    })

    it('that is none at all is malformed, in our words', async () => {
      const head = `GET ${REQUESTS} HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n`
      expect(await raw(house.server.wire, head)).toMatch(
        /^HTTP\/1.1 400 [^{]*application\/problem\+json[^{]*\{"type":"urn:countersign:problem:malformed"/,
      )
    })

    it.each([
      ['a request line that is none', 'GARBAGE\r\n\r\n'],
      ['headers of more than 16 KiB', `GET /oidc/auth HTTP/1.1\r\nHost: a\r\nCookie: ${'x'.repeat(17_000)}\r\n\r\n`],
      ['two lengths', `POST ${REQUESTS} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`],
      [
        'a length and chunks',
        `POST ${REQUESTS} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      ],
    ])('does not matter in what cannot be read, which is malformed: %s', async (_, text) => {
      const answer = await raw(house.server.wire, text)
      expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/)
      expect(answer).toContain('Cache-Control: no-store\r\n')
      expect(answer).toMatch(/application\/problem\+json\r\n[^{]*\{"type":"urn:countersign:problem:malformed"/)
    })

    it('is wanted of HTTP/1.1 too, and what a caller expects beside it is passed over', async () => {
      const head = `GET ${REQUESTS} HTTP/1.1\r\nExpect: more\r\nConnection: close\r\n\r\n`
      expect(await raw(house.server.wire, head)).toMatch(
        /^HTTP\/1.1 421 [^{]*\{"type":"urn:countersign:problem:wrong-host"/,
      )
    })

    it('is what a whole address in the request line says, too', async () => {
      const { host } = new URL(house.server.wire.origin)
      const asked = (address: string, said: string) =>
        raw(
          house.server.wire,
          `GET ${address}/api/v1/openapi.json HTTP/1.1\r\nHost: ${said}\r\nConnection: close\r\n\r\n`,
        )
      for (const address of ['http://elsewhere.example', 'http://localhost.elsewhere.example', 'http://localhost:1'])
        expect(await asked(address, host)).toMatch(
          /^HTTP\/1.1 421 [^{]*application\/problem\+json[^{]*\{"type":"urn:countersign:problem:wrong-host"/,
        )
      expect(await asked(`http://${host}`, 'elsewhere.example')).toMatch(/^HTTP\/1.1 421 /)
      for (const own of [`http://${host}`, `http://${host.toUpperCase()}`, ''])
        expect(await asked(own, host)).toMatch(/^HTTP\/1.1 200 /)
    })

    it('may stand in the request line at the provider of OpenID Connect too, whose own address is the same', async () => {
      const { host } = new URL(house.server.wire.origin)
      const path = '/oidc/.well-known/openid-configuration'
      const asked = async (address: string, said: string) => {
        const head = `GET ${address}${path} HTTP/1.1\r\nHost: ${said}\r\nConnection: close\r\n\r\n`
        const [, status, ...body] = /^HTTP\/1.1 (\d+).*?\r\n\r\n(.*)$/s.exec(await raw(house.server.wire, head)) ?? []
        return { status, body: body.join('') }
      }
      const plain = await asked('', host)
      expect(plain.body).toContain(`"issuer":"${house.server.wire.origin}/oidc"`)
      for (const own of [`http://${host}`, `http://${host.toUpperCase()}`])
        expect(await asked(own, host)).toEqual(plain)
      expect((await asked(`http://${host}`, 'elsewhere.example')).status).toBe('421')
      expect((await asked('http://elsewhere.example', host)).status).toBe('421')
    })

    it('is the same in capitals', async () => {
      const host = new URL(house.server.wire.origin).host.toUpperCase()
      expect(said(await house.application.call('GET', `${REQUESTS}/${NOWHERE}`, { headers: { host } }))).toBe(
        '404 unknown-request',
      )
    })
  })
})

it('a call broken off in the middle is nobody’s defect', async () => {
  await using server = await startServer('sqlite', { logLevel: 'info' })
  const { port, origin } = server.wire
  const head = `POST ${REQUESTS} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nContent-Length: 1000\r\n\r\n{`
  const socket = createConnection(port, '127.0.0.1')
  socket.write(head, () => socket.destroy())
  await expect.poll(() => server.lines.join('')).toContain('malformed')
  expect(server.lines.join('')).not.toContain('defect')
})

it('with both origins apart serves nothing of one on the other', async () => {
  const env = { COUNTERSIGN_URL: 'https://login.example', COUNTERSIGN_APP_URL: 'https://authenticator.example' }
  await using server = await startServer('sqlite', { env })
  const get = async (wire: Wire, path: string) => said(await call(wire, 'GET', path))
  for (const path of ['/', '/enrol', '/requests/x', '/history', '/settings', '/sw.js', '/manifest.webmanifest']) {
    expect([path, await get(server.appWire, path)]).toEqual([path, '200'])
    expect([path, await get(server.wire, path)]).toEqual([path, '404 not-found'])
  }
  expect(await get(server.appWire, '/device/v1/config')).toBe('401 unauthenticated')
  expect(await get(server.wire, '/device/v1/config')).toBe('404 not-found')
  for (const path of ['/login/x', '/oidc/.well-known/openid-configuration']) {
    expect([path, await get(server.wire, path)]).toEqual([path, '200'])
    expect([path, await get(server.appWire, path)]).toEqual([path, '404 not-found'])
  }
  expect(await get(server.wire, '/api/v1/x')).toBe('401 unauthenticated')
  expect(await get(server.appWire, '/api/v1/x')).toBe('404 not-found')
  for (const wire of [server.wire, server.appWire]) expect(await get(wire, '/healthz')).toBe('200')
  const withPort = { host: 'login.example:443' }
  expect(said(await call(server.wire, 'GET', '/login/x', { headers: withPort }))).toBe('200')
  expect(said(await call(server.wire, 'GET', '/sw.js', { headers: withPort }))).toBe('404 not-found')
  expect(await get({ ...server.wire, origin: 'https://elsewhere.example' }, '/')).toBe('421 wrong-host')
  const html = { headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' } }
  for (const wire of [server.wire, server.appWire]) {
    const lost = await call(wire, 'GET', '/nowhere', html)
    expect([lost.status, lost.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(lost.text).toContain('<h1>There is nothing here</h1>')
    for (const href of ['https://authenticator.example/', 'https://login.example/account'])
      expect(lost.text).toContain(`<a href="${href}">`)
    const [, style] = lost.text.match(/<link rel="stylesheet" href="(.*?)">/) ?? []
    expect((await call(wire, 'GET', String(style))).headers['content-type']).toContain('text/css')
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.9'])
      expect(said(await call(wire, 'GET', '/nowhere', { headers: { accept } }))).toBe('404 not-found')
    expect(said(await call(wire, 'POST', '/nowhere', html))).toBe('404 not-found')
  }
  for (const path of ['/admin/v1/nowhere', '/login/x/api/nowhere'])
    expect((await call(server.wire, 'GET', path, html)).headers['content-type']).toContain('json')
})

it('with both origins apart enrols and approves on the app origin', async () => {
  const env = { COUNTERSIGN_URL: 'https://login.example', COUNTERSIGN_APP_URL: 'https://authenticator.example' }
  await using server = await startServer('sqlite', { env })
  const application = await server.application()
  const username = await server.user()
  const device = await server.device(username)
  const created = await application.ask(username)
  const { body: shown } = await device.request(created.id)
  const astray = { aud: server.wire.origin }
  expect(said(await device.decide(shown, 'approve', created.number, astray))).toBe('401 wrong-audience')
  const wrongHtu = device.proof('GET', '/device/v1/requests', {
    claims: { htu: `${server.wire.origin}/device/v1/requests` },
  })
  expect(said(await device.call('GET', '/device/v1/requests', { headers: { dpop: wrongHtu } }))).toBe(
    '401 invalid-proof',
  )
  expect(said(await device.decide(shown, 'approve', created.number))).toBe('200')
})

it('the account page is sent on from the app’s origin to its own, and what is posted there is not', async () => {
  const env = { COUNTERSIGN_URL: 'https://id.example.org', COUNTERSIGN_APP_URL: 'https://app.example.org' }
  await using apart = await startServer('sqlite', { env })
  const { status, headers } = await call(apart.appWire, 'GET', '/account')
  expect([status, headers.location]).toEqual([302, 'https://id.example.org/account'])
  expect((await call(apart.appWire, 'POST', '/account', { body: {} })).status).not.toBe(302)
  expect((await call(apart.wire, 'GET', '/account')).headers.location).toBeUndefined()
})

/** Lets so many bytes pass, then ends. */
function endAfter(most: number): TransformStream<Uint8Array, Uint8Array> {
  let passed = 0
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk)
      passed += chunk.length
      if (passed >= most) controller.terminate()
    },
  })
}
