// The store is away: at every door whoever asks is told to come back, or hears nothing, and nobody that it is a fault.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountRoutes } from '../../server/account/routes.ts'
import { adminRoutes } from '../../server/admin/routes.ts'
import { addApplication } from '../../server/applications/applications.ts'
import { addUser } from '../../server/directory/users.ts'
import { forwardAuthRoutes, protectedRoutes } from '../../server/forward-auth/routes.ts'
import { applicationApi } from '../../server/http/application-api.ts'
import { deviceApi } from '../../server/http/device-api.ts'
import { loginRoutes } from '../../server/login/routes.ts'
import { addClient } from '../../server/radius/clients.ts'
import { scimRoutes } from '../../server/scim/routes.ts'
import { TcpProxy } from '../faults/tcp-proxy.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { RadiusClient } from '../support/radius-client.ts'
import { asked, CALLBACK, LoginPage, relyingParty } from '../support/relying-party.ts'
import { GENEROUS, newHouse, startServer, type TestServer } from '../support/server.ts'
import { call } from '../support/wire-call.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { programOf } from '../support/wire-operator.ts'
import { wireDirectory } from '../support/wire-scim.ts'

const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const
const PASSWORD = 'correct horse battery'
const SITE = 'https://wiki.example'
const FORM = 'application/x-www-form-urlencoded'

type Headers = Record<string, string>
type Routes = { routes: readonly { method: string; path: string }[] }
type Address = { method: string; path: string }

/** What is the same whether or not there is a store: pages and descriptions, and calls that can't be read. */
const NEEDS_NO_STORE = /^(GET (.*\/(openapi.json|arrive\/\w+)|\/(login|account)(\/[\w-]+)?)|POST .*\/decisions)$/

/** As the program has them. @param named in the place of each parameter */
const addressesOf = (base: string, { routes }: Routes, named = 'x'): Address[] =>
  routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => ({ method, path: base + path.replace(/:\w+(\{[^}]*\})?/g, named) }))
    .map(({ method, path }) => ({ method, path: path.replace(/\/$/, '') }))
    .filter(({ method, path }) => !NEEDS_NO_STORE.test(`${method} ${path}`))

describe.runIf(ENGINES.includes('postgres'))('while the store is away', () => {
  let house: Awaited<ReturnType<typeof newHouse>>
  let server: TestServer
  let vpn: RadiusClient
  let device: WireDevice
  let own: Record<'application' | 'operator' | 'directory' | 'page' | 'client', Headers>
  let query = ''
  let code = ''
  let interaction = ''

  beforeAll(async () => {
    house = await newHouse('postgres')
    const way = await TcpProxy.open(house.env.DATABASE_URL ?? '')
    const env = { ...GENEROUS, DATABASE_URL: way.url, COUNTERSIGN_RADIUS: 'udp://127.0.0.1:0' }
    const around = { COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1' }
    server = await startServer('postgres', { house, clock: new ManualClock(), env: { ...env, ...around } })
    const { parts } = server.running
    await addUser(parts, { username: 'alice', password: PASSWORD })
    device = await server.device('alice')
    code = await server.code('alice')
    const added = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK], protectedSites: [SITE] })
    const { id, clientId = '', clientSecret = '' } = added
    const by = { network: '127.0.0.1', certificate: '', challenges: false, groups: 'none', messageAuthenticator: true }
    const { secret } = await addClient(parts, { id, ...by }, BY)
    vpn = await RadiusClient.open(server.running.radius.udp?.port ?? 0, secret)
    const url = new URL((await asked(await relyingParty(server, clientId, clientSecret))).url)
    query = url.search
    const page = await LoginPage.open(server, url.href)
    await page.post('password', { username: 'alice', password: PASSWORD })
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
    own = {
      application: bearer((await server.application()).apiKey),
      operator: bearer((await programOf(server, 'administrator')).token),
      directory: bearer((await wireDirectory(server)).program.token),
      page: { origin: server.wire.origin, cookie: page.browser.cookieFor(`${page.page}/api/state`) },
      client: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
        'content-type': FORM,
      },
    }
    interaction = page.page.split('/').at(-1) ?? ''
    await way[Symbol.asyncDispose]()
  })
  afterAll(async () => {
    await vpn[Symbol.asyncDispose]()
    await server.close()
    await house.remove()
  })

  /** Everybody is told to come back, and the log tells of no fault. */
  async function tells(addresses: readonly Address[], headers: Headers | ((address: Address) => Headers)) {
    server.lines.length = 0
    const said: [address: string, answer: string][] = []
    for (const address of addresses) {
      const { method, path } = address
      const brought = typeof headers === 'function' ? headers(address) : headers
      const sent = ['GET', 'DELETE'].includes(method) ? {} : { body: path.endsWith('/open') ? { code } : {} }
      const reply = await call(server.wire, method, path, { headers: brought, ...sent })
      said.push([`${method} ${path}`, `${reply.status}, again after ${reply.headers['retry-after']}`])
    }
    expect(said).not.toEqual([])
    expect(said).toEqual(said.map(([address]) => [address, '503, again after 1']))
    expect(server.lines.filter((line) => !line.includes('"message":"the store can’t be used"'))).toEqual([])
  }
  const parts = () => ({ ...server.running.parts, addressOf: () => '127.0.0.1', isProxy: () => true }) as never

  it('the API for applications', async () => {
    await tells(addressesOf('/api/v1', applicationApi(parts())), own.application)
  })

  it('the API for devices', async () => {
    const proven = ({ method, path }: Address) => ({ dpop: device.proof(method, path) })
    await tells(addressesOf('/device/v1', deviceApi(parts())), proven)
  })

  it('operators', async () => {
    await tells(addressesOf('/admin/v1', adminRoutes(parts())), own.operator)
  })

  it('SCIM', async () => {
    await tells(addressesOf('/scim/v2', scimRoutes(parts())), own.directory)
  })

  it('the login page', async () => {
    await tells(addressesOf('/login', loginRoutes(parts()), interaction), own.page)
  })

  it('the account page', async () => {
    const cookie = '__Host-countersign-account=anything'
    await tells(addressesOf('/account', accountRoutes(parts())), { ...own.page, cookie })
  })

  it('forward authentication', async () => {
    const forwarded = { 'x-forwarded-host': 'wiki.example', 'x-forwarded-proto': 'https', accept: 'text/html' }
    await tells(addressesOf('/forward-auth', forwardAuthRoutes(parts())), forwarded)
    await tells(addressesOf('/protected', protectedRoutes(parts())), own.page)
  })

  it('OpenID Connect', async () => {
    const posts = ['/token', '/request', '/token/revocation', '/backchannel', '/reg']
    const all = posts.map((path) => ({ method: 'POST', path: `/oidc${path}` }))
    await tells([{ method: 'GET', path: `/oidc/auth${query}` }, ...all], own.client)
    await tells([{ method: 'GET', path: '/oidc/me' }], { authorization: `Bearer ${'x'.repeat(43)}` })
  })

  it('RADIUS, where nothing at all is said', async () => {
    vpn.send(vpn.request('alice', PASSWORD))
    await expect
      .poll(() => server.lines.some((line) => line.includes('RADIUS packets could not be answered')))
      .toBe(true)
    expect(vpn.received).toEqual([])
  })

  it('load balancers', async () => {
    expect((await call(server.wire, 'GET', '/healthz')).status).toBe(200)
    const { status, body } = await call(server.wire, 'GET', '/readyz')
    expect([status, body]).toEqual([503, { ok: false, reason: 'store' }])
  })
})
