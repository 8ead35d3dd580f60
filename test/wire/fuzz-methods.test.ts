// Whatever method is used on whatever address: no answer of 5xx, none without an end, and nothing on stderr that is no
// line of the log. Conversations by their routes, and beside them pages, files, health, discovery, metrics, Harbour.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import fc from 'fast-check'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountRoutes } from '../../server/account/routes.ts'
import { harbourSite } from '../../server/demo/harbour/site.ts'
import { forwardAuthRoutes, protectedRoutes } from '../../server/forward-auth/routes.ts'
import { deviceApi } from '../../server/http/device-api.ts'
import type { Env } from '../../server/http/env.ts'
import { loginRoutes } from '../../server/login/routes.ts'
import { scimRoutes } from '../../server/scim/routes.ts'
import { freePort } from '../support/free-port.ts'
import { triedInTurn } from '../support/fuzzing.ts'
import { saidAside } from '../support/said-aside.ts'
import { limits, startServer, type TestServer } from '../support/server.ts'
import { send, type Wire } from '../support/wire-call.ts'

const METHODS = ['HEAD', 'OPTIONS', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE']

const PAGES = [
  ...['/', '/enrol', '/requests/x', '/history', '/tokens/x', '/sw.js', '/manifest.webmanifest', '/licences.md'],
  ...[
    '/assets/x.js',
    '/icons/icon-192.png',
    '/favicon.ico',
    '/robots.txt',
    '/nowhere',
    '/console/',
    '/console/users/x',
  ],
  ...['/docs/api', '/docs/api/v1', '/docs/pam/countersign-pam', '/admin/v1/openapi.json', '/api/v1/openapi.json'],
  ...['/healthz', '/readyz', '/api/v1/login-requests', '/api/v1/login-requests/x/events', '/admin/v1/session'],
]
const PROVIDER = [
  ...[
    '/.well-known/openid-configuration',
    '/jwks',
    '/auth',
    '/auth/x',
    '/me',
    '/token',
    '/token/revocation',
    '/request',
  ],
  ...[
    '/backchannel',
    '/reg',
    '/session/end',
    '/session/end/confirm',
    '',
    '/nowhere',
    '/entra/x/authorize',
    '/entra/x/jwks',
  ],
].map((path) => `/oidc${path}`)

/** As the program has them, with nothing behind them. */
const nothing = { publicOrigin: 'http://localhost', limits: {}, stopping: new AbortController().signal } as never
const routesOf = (base: string, { routes }: Pick<Hono<Env>, 'routes'>) =>
  routes.map(({ path }) => (base + path).replace(/:\w+/g, 'x').replace('*', 'x'))
const CONVERSATIONS = [
  ...routesOf('/account', accountRoutes(nothing)),
  ...routesOf('/device/v1', deviceApi(nothing)),
  ...routesOf('/forward-auth', forwardAuthRoutes(nothing)),
  ...routesOf('/login', loginRoutes(nothing)),
  ...routesOf('/protected', protectedRoutes(nothing)),
]

const HEADERS: readonly Record<string, string>[] = [
  {},
  { accept: 'text/html' },
  { accept: 'text/event-stream' },
  { 'accept-encoding': 'gzip;q=x,,' },
  { 'if-none-match': 'W/"a", *' },
  { range: 'bytes=-999999999999' },
  { expect: 'banana' },
  { cookie: '=; a=%zz' },
  { origin: 'null', 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x' },
]
const ODD = ['', '', '?', '??a=%', '%', '%ff', '%00', '%2e%2e/', '//', ';', '\\', '/x', '.html', '__proto__']

describe('whatever method is used', () => {
  const aside = saidAside()
  let server: TestServer
  let metrics: Wire
  beforeAll(async () => {
    const port = await freePort()
    const many = { count: 1_000_000, seconds: 60 }
    const most = limits({ authorizationsPerAddress: many, oidcCallsPerAddress: many })
    metrics = { origin: `http://127.0.0.1:${port}`, port }
    server = await startServer('sqlite', { env: { COUNTERSIGN_METRICS: `127.0.0.1:${port}`, ...most } })
  })
  afterAll(() => server.close())

  async function statusOf(wire: Wire, method: string, path: string, headers = {}): Promise<number> {
    const answer = await send(wire, method, path, { headers })
    if (answer.headers['content-type'] === 'text/event-stream') answer.destroy()
    else for await (const _ of answer);
    return answer.statusCode ?? 0
  }

  const isWell = (status: number, what: string) => {
    expect(aside, what).toEqual([])
    expect(
      server.lines.filter((line) => line.includes('"level":"error"')),
      what,
    ).toEqual([])
    // What there is none of may be said by 501 (RFC 7644 §3.7).
    if (status !== 501) expect(status, what).toBeLessThan(500)
  }

  it('on any address, each once', async () => {
    const scim = routesOf('/scim/v2', scimRoutes(server.running.parts))
    for (const path of new Set([...PAGES, ...PROVIDER, ...CONVERSATIONS, ...scim]))
      for (const method of METHODS) isWell(await statusOf(server.wire, method, path), `${method} ${path}`)
  })

  it('by HEAD, the provider’s answer is that of GET without its body', async () => {
    for (const path of ['/oidc/jwks', '/oidc/.well-known/openid-configuration', '/oidc/me']) {
      const head = await send(server.wire, 'HEAD', path)
      const got = await send(server.wire, 'GET', path)
      got.resume()
      head.resume()
      const named = ({ statusCode, headers }: typeof head) => [
        statusCode,
        headers['content-type'],
        headers['content-length'],
        headers['content-security-policy'],
      ]
      expect(named(head), path).toEqual(named(got))
    }
    expect(aside).toEqual([])
  })

  it('on an address that is nearly one, with headers that nobody sends', async () => {
    const path = fc.tuple(fc.constantFrom(...PAGES, ...PROVIDER, ...CONVERSATIONS), fc.constantFrom(...ODD))
    const tried = fc.tuple(fc.constantFrom(...METHODS), path, fc.constantFrom(...HEADERS))
    await triedInTurn(
      tried,
      async ([method, [path, odd], headers]) =>
        isWell(await statusOf(server.wire, method, path + odd, headers), `${method} ${path}${odd}`),
      600,
    )
  })

  it('on the metrics’ own port', async () => {
    for (const path of ['/metrics', '/', '/metrics?x', '/metrics/'])
      for (const method of METHODS) isWell(await statusOf(metrics, method, path), `${method} ${path}`)
  })

  it('on Harbour', async () => {
    const none = { keep: () => 'x', take: () => undefined, find: () => undefined, forget: () => {} } as never
    const url = 'http://localhost:8090'
    const party = { begin: async () => ({ url: new URL(url), checks: { state: 'x' } }) } as never
    const site = createServer(getRequestListener(harbourSite({ url, party, signIns: none, sessions: none }).fetch))
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    const wire = { origin: url, port: (site.address() as AddressInfo).port }
    for (const path of ['/', '/sign-in', '/callback?state=x', '/sign-out', '/harbour.css', '/nowhere'])
      for (const method of METHODS) isWell(await statusOf(wire, method, path), `${method} ${path}`)
    site.closeAllConnections()
    await new Promise((resolve) => site.close(resolve))
  })
})
