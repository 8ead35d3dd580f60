// Whatever is sent to a door that people, browsers, proxies and directories come in by: no answer of 5xx, and nothing
// in the log that is a defect. Addresses come from the routes themselves where these know them.
import fc from 'fast-check'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as account from '../../protocol/account-api.ts'
import * as login from '../../protocol/login-api.ts'
import { accountRoutes } from '../../server/account/routes.ts'
import { addApplication } from '../../server/applications/applications.ts'
import { addUser } from '../../server/directory/users.ts'
import { forwardAuthRoutes, protectedRoutes } from '../../server/forward-auth/routes.ts'
import type { Env } from '../../server/http/env.ts'
import { schemaOf } from '../../server/http/openapi.ts'
import { loginRoutes } from '../../server/login/routes.ts'
import { scimRoutes } from '../../server/scim/routes.ts'
import { Browsing } from '../support/browsing.ts'
import { ManualClock } from '../support/clock.ts'
import { EntraStandIn } from '../support/entra-stand-in.ts'
import { seed, triedInTurn } from '../support/fuzzing.ts'
import type { JsonSchema, Known } from '../support/near-valid.ts'
import { callsOf, type Operation } from '../support/nearly-calls.ts'
import { asked, CALLBACK, confirm, LoginPage, relyingParty } from '../support/relying-party.ts'
import { saidAside } from '../support/said-aside.ts'
import { GENEROUS, limits, startServer, type TestServer } from '../support/server.ts'
import { send } from '../support/wire-call.ts'
import { programOf } from '../support/wire-operator.ts'
import { wireDirectory } from '../support/wire-scim.ts'

const PASSWORD = 'correct horse battery'
const SITE = 'https://wiki.example'
const FORM = 'application/x-www-form-urlencoded'
/** Of each operation. */
const TIMES = 6

type Schema = Parameters<typeof schemaOf>[0]

const BODIES: Record<string, Schema> = {
  '/:interaction/api/password': login.passwordCall,
  '/:interaction/api/push': login.pushCall,
  '/:interaction/api/passcode': login.typedPasscodeCall,
  '/:interaction/api/recovery': account.recoveryCall,
  '/:interaction/api/redeem': login.redeemPasscodeCall,
  '/:interaction/api/cancel': login.bareCall,
  '/:interaction/api/leave': login.bareCall,
  '/api/begin': login.bareCall,
  '/api/password': account.changePasswordCall,
  '/api/addresses': account.addressesCall,
  '/api/addresses/code': account.addressCall,
  '/api/addresses/confirm': account.confirmAddressCall,
}

const texts = (...names: string[]): Record<string, JsonSchema> =>
  Object.fromEntries(names.map((name) => [name, { type: 'string', maxLength: 40 }]))

const AUTHORIZATION = texts(
  ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce', 'prompt', 'max_age'],
  ...['code_challenge', 'code_challenge_method', 'acr_values', 'claims', 'login_hint', 'id_token_hint', 'request'],
)
const EXCHANGE = texts(
  ...['grant_type', 'code', 'redirect_uri', 'code_verifier', 'client_id', 'client_secret', 'refresh_token', 'scope'],
  ...['auth_req_id', 'client_assertion', 'client_assertion_type'],
)
const QUERY: Record<string, JsonSchema> = {
  ...texts('filter', 'startIndex', 'count', 'attributes', 'excludedAttributes', 'cursor'),
}
const PATCH: JsonSchema = {
  type: 'object',
  required: ['schemas', 'Operations'],
  properties: {
    schemas: { const: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'] },
    Operations: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['op'],
        properties: { op: { enum: ['add', 'replace', 'remove', 'Add'] }, ...texts('path', 'value') },
      },
    },
  },
}
const RESOURCE: JsonSchema = {
  type: 'object',
  required: ['schemas'],
  properties: {
    schemas: {
      enum: [['urn:ietf:params:scim:schemas:core:2.0:User'], ['urn:ietf:params:scim:schemas:core:2.0:Group']],
    },
    ...texts('userName', 'displayName', 'externalId'),
    active: { type: 'boolean' },
    name: { type: 'object', properties: texts('formatted', 'givenName', 'familyName') },
    emails: {
      type: 'array',
      items: { type: 'object', properties: { ...texts('value'), primary: { type: 'boolean' } } },
    },
    members: { type: 'array', items: { type: 'object', properties: texts('value') } },
  },
}

const list: JsonSchema = { type: 'array', items: { type: 'string', maxLength: 40 } }
/** RFC 7591: as much as an application may leave it at, and more. */
const FEW = { redirect_uris: list, grant_types: list, ...texts('client_name') }
const MORE = {
  ...{ ...FEW, response_types: list, contacts: list },
  ...texts('logo_uri', 'jwks_uri', 'backchannel_logout_uri', 'scope', 'id_token_signed_response_alg'),
  jwks: {
    type: 'object',
    properties: { keys: { type: 'array', items: { type: 'object', properties: texts('kty', 'n', 'e') } } },
  },
}

/** As the program has them below `base`, with nothing behind them. */
function operationsOf(base: string, { routes }: Hono<Env>, more: Partial<Operation> = {}): Operation[] {
  return routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => {
      const schema = BODIES[path]
      const body = schema && { body: { type: 'application/json', schema: schemaOf(schema, 'input') } }
      const at = (base + path).replace(/:(\w+)/g, '{$1}').replace(/(.)\/$/, '$1')
      return { method, path: at, query: {}, headers: {}, ...body, ...more }
    })
}

const operation = (method: string, path: string, members: Record<string, JsonSchema> = {}): Operation => ({
  ...{ method, path, headers: {}, query: method === 'GET' ? members : {} },
  ...(method !== 'GET' && { body: { type: FORM, schema: { type: 'object', properties: members } } }),
})

describe('whatever is sent to a door', () => {
  const aside = saidAside()
  let server: TestServer
  let entra: EntraStandIn
  let known: Known
  let url = ''
  const who = { username: 'alice', password: PASSWORD }
  beforeAll(async () => {
    const many = { count: 1_000_000, seconds: 60 }
    const generous = limits({ signInsPerAddress: many, requestsPerUser: many, pendingPerUser: { count: 100_000 } })
    entra = await EntraStandIn.start()
    const around = { COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1', COUNTERSIGN_WEBHOOK_ORIGINS: entra.origin }
    server = await startServer('sqlite', {
      clock: new ManualClock(),
      env: { ...GENEROUS, ...generous, ...around },
      clouds: { global: entra.origin, 'us-government': '', china: '' },
    })
    const { parts } = server.running
    await addUser(parts, who)
    await server.device(who.username)
    const added = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK], protectedSites: [SITE] })
    const { clientId = '', clientSecret = '' } = added
    const begun = await asked(await relyingParty(server, clientId, clientSecret))
    url = begun.url
    const user = await server.store.read.selectFrom('users').select('id').executeTakeFirstOrThrow()
    known = {
      ...Object.fromEntries([...new URL(url).searchParams].map(([name, value]) => [name, [value]])),
      ...{ client_secret: [clientSecret], grant_type: ['authorization_code', 'refresh_token', 'client_credentials'] },
      ...{ code_verifier: [begun.checks.pkceCodeVerifier], response_mode: ['query', 'form_post', 'fragment', 'jwt'] },
      ...{ prompt: ['login', 'none', 'consent'], max_age: ['0', '-1'], claims: ['{"id_token":{"acr":{"values":1}}}'] },
      ...{ username: [who.username], password: [PASSWORD], current: [PASSWORD], seen: [null, 'pending'] },
      ...{ Users: [user.id], members: [user.id], filter: ['userName eq "alice"', 'members[value eq "x"]', '((('] },
      ...{ path: ['active', 'members', 'emails[primary eq true].value', 'a[b'], 'x-forwarded-host': ['wiki.example'] },
      ...{ 'x-forwarded-proto': ['https'], 'x-forwarded-uri': ['/page?x=1', '//evil.example'] },
      ...{ rd: ['/page', '//evil.example'], accept: ['text/html'], 'x-forwarded-method': ['GET', 'POST'] },
    }
  })
  afterAll(async () => {
    await server.close()
    await entra[Symbol.asyncDispose]()
  })

  const said = async ({ method, path, query, body, headers }: Sent): Promise<number> => {
    const sent = { headers, ...(body !== undefined && { body }) }
    const answer = await send(server.wire, method, query === '' ? path : `${path}?${query}`, sent)
    if (answer.headers['content-type'] === 'text/event-stream') answer.destroy()
    else for await (const _ of answer);
    return answer.statusCode ?? 0
  }
  type Sent = { method: string; path: string; query: string; body: string | Uint8Array | undefined } & {
    headers: Record<string, string>
  }

  /** @param own what the caller brings, told anew before each operation */
  async function withstand(
    operations: readonly Operation[],
    own: () => Promise<{ headers: Record<string, string>; known?: Known }>,
  ): Promise<Set<number>> {
    const statuses = new Set<number>()
    for (const operation of operations) {
      const mine = await own()
      await triedInTurn(
        callsOf(operation, { ...known, ...mine.known }),
        async (tried) => {
          server.lines.length = 0
          const status = await said({
            ...tried,
            method: operation.method,
            headers: { ...mine.headers, ...tried.headers },
          })
          expect(status).toBeLessThan(500)
          expect(server.lines.filter((line) => line.includes('"level":"error"'))).toEqual([])
          expect(aside).toEqual([])
          statuses.add(status)
        },
        TIMES,
      )
    }
    return statuses
  }

  async function pastPassword(page: LoginPage, typed = who): Promise<LoginPage> {
    expect((await page.post('password', typed)).body.step).toBe('confirm')
    return page
  }
  const origin = () => server.wire.origin
  const nothing = { publicOrigin: 'http://localhost', limits: {}, stopping: new AbortController().signal } as never

  it('sign-in', async () => {
    const statuses = await withstand(operationsOf('/login', loginRoutes(nothing)), async () => {
      const { page, browser } = await pastPassword(await LoginPage.open(server, url))
      return {
        headers: { origin: origin(), cookie: browser.cookieFor(`${page}/api/state`) },
        known: { login: [page.split('/').at(-1)] },
      }
    })
    expect(statuses).toContain(200)
  })

  it('account', async () => {
    const own = { username: 'bea', password: PASSWORD }
    await addUser(server.running.parts, own)
    const device = await server.device(own.username)
    const signedIn = async () => {
      const browser = new Browsing()
      const headers = { origin: origin(), 'content-type': 'application/json' }
      const begun = await browser.fetch(`${origin()}/account/api/begin`, { method: 'POST', headers, body: '{}' })
      const { continueTo } = (await begun.json()) as { continueTo: string }
      const page = await pastPassword(new LoginPage(origin(), origin() + continueTo, browser), own)
      await confirm(page, device, 'approve')
      await page.goOn(`${origin()}/account`)
      return { headers: { origin: origin(), cookie: browser.cookieFor(`${origin()}/account/api/me`) } }
    }
    // Whoever changes their password or reports a device as lost could not come in again.
    const rest = operationsOf('/account', accountRoutes(nothing)).filter(({ path }) => !/password|lost/.test(path))
    expect(await withstand(rest, signedIn)).toContain(200)
  })

  it('OpenID Connect', async () => {
    const token = texts('token', 'token_type_hint', 'client_id', 'client_secret')
    const needed = ['client_id', 'client_secret', 'redirect_uri', 'response_type', 'scope', 'code_challenge']
    const properties = texts(...needed, 'code_challenge_method', 'state', 'nonce', 'login_hint')
    const schema = { type: 'object', properties, required: [...needed, 'code_challenge_method'] }
    const pushed = { ...operation('POST', '/oidc/request'), body: { type: FORM, schema } }
    const operations = [
      operation('GET', '/oidc/auth', AUTHORIZATION),
      operation('POST', '/oidc/auth', AUTHORIZATION),
      operation('GET', '/oidc/auth/{uid}'),
      operation('POST', '/oidc/request', AUTHORIZATION),
      ...Array.from({ length: 3 }, () => pushed),
      operation('POST', '/oidc/token', EXCHANGE),
      operation('POST', '/oidc/token/revocation', token),
      operation('POST', '/oidc/backchannel', { ...AUTHORIZATION, ...texts('binding_message', 'requested_expiry') }),
      operation('GET', '/oidc/me', texts('access_token')),
      operation('POST', '/oidc/me', texts('access_token')),
      operation('GET', '/oidc/session/end', texts('id_token_hint', 'post_logout_redirect_uri', 'state', 'client_id')),
      operation('POST', '/oidc/session/end', texts('id_token_hint', 'post_logout_redirect_uri')),
      operation('POST', '/oidc/reg', texts('redirect_uris', 'client_name')),
    ]
    const page = await LoginPage.open(server, url)
    const cookie = page.browser.cookieFor(page.page)
    const statuses = await withstand(operations, async () => ({ headers: { cookie } }))
    expect([...statuses]).toEqual(expect.arrayContaining([201, 303]))
  })

  it('registration, by a token that is right', async () => {
    const bea = await programOf(server, 'administrator')
    const registering = (properties: Record<string, JsonSchema>) => {
      const schema = { type: 'object', properties, required: ['redirect_uris'] }
      return { ...operation('POST', '/oidc/reg'), body: { type: 'application/json', schema } }
    }
    const own = async () => {
      const made = await bea.call<{ token: string }>('POST', '/oidc/registration-tokens', {})
      const known = { redirect_uris: [[CALLBACK]], grant_types: [['authorization_code']], response_types: [['code']] }
      return { headers: { authorization: `Bearer ${made.body.token}` }, known }
    }
    const operations = [registering(MORE), registering(MORE), registering(FEW), registering(FEW)]
    expect(await withstand(operations, own)).toContain(201)
  })

  it('the questions of Microsoft Entra', async () => {
    const { id, username } = await server.store.read
      .selectFrom('users')
      .select(['id', 'username'])
      .where('username', '=', who.username)
      .executeTakeFirstOrThrow()
    const { tenant, application } = entra
    const client = { entra: { tenant, application, cloud: 'global' as const } }
    const { clientId = '' } = await addApplication(server.running.parts, { name: 'Microsoft 365', client })
    const asking = async () => {
      const iat = Math.floor(server.now() / 1000)
      const user = { oid: id, sub: id, preferred_username: username }
      const hint = await entra.hint(user, { iat, nbf: iat, exp: iat + 600 })
      return entra.question(clientId, hint)
    }
    const members = texts(...Object.keys(await asking()))
    const question = { type: 'object', properties: members, required: Object.keys(members) }
    const path = '/oidc/entra/{application}/authorize'
    const post = { ...operation('POST', path), body: { type: FORM, schema: question } }
    const own = async () => {
      const asked = Object.entries(await asking()).map(([name, value]) => [name, [value]])
      return { headers: { origin: entra.origin }, known: { entra: [clientId], ...Object.fromEntries(asked) } }
    }
    expect(await withstand([operation('GET', path, members), post, post, post], own)).toContain(303)
  })

  it('SCIM', async () => {
    const { program } = await wireDirectory(server)
    const headers = { authorization: `Bearer ${program.token}`, 'content-type': 'application/scim+json' }
    const routes = scimRoutes(server.running.parts)
    // What there is none of is said by 501, as RFC 7644 §3.7 has it.
    const there = operationsOf('/scim/v2', routes, { query: QUERY }).filter(({ path }) => !path.endsWith('/Bulk'))
    const operations = there.map((of) => {
      if (of.method === 'GET' || of.method === 'DELETE') return of
      const schema = of.method === 'PATCH' ? PATCH : RESOURCE
      return { ...of, body: { type: 'application/scim+json', schema } }
    })
    expect(await withstand(operations, async () => ({ headers }))).toContain(200)
  })

  it('cookies of any kind, wherever some are read', async () => {
    const { page, browser } = await LoginPage.open(server, url)
    const uid = page.split('/').at(-1) ?? ''
    const ours = [
      'console',
      'account',
      'visit',
      'session',
      'entra',
      'known',
      'browser',
      'interaction',
      'interaction.sig',
    ]
    const names = [...ours.map((name) => `__Host-countersign-${name}`), ...browser.cookiesFor(`${page}/api/state`)]
    const value = fc.oneof(
      fc.constantFrom('', '%', '%ff', '%E0%A4%A', '%00', '"', '"a"', '=', '==', 'a=b', uid, 'x'.repeat(4000), '\u00ff'),
      fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) }),
    )
    const name = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, fc.constantFrom('', '__proto__', 'a[b'))
    const pair = fc.tuple(name, fc.constantFrom('=', '=', '=', ''), value).map((parts) => parts.join(''))
    const cookie = fc.array(pair, { minLength: 1, maxLength: 4 }).map((pairs) => pairs.join('; '))
    const beside = { headers: { cookie: { type: 'string' }, ...texts('x-forwarded-host', 'x-forwarded-proto') } }
    const operations = [
      ...operationsOf('/login', loginRoutes(nothing), beside).filter(({ path }) => !path.endsWith('/events')),
      ...operationsOf('/account', accountRoutes(nothing), beside),
      ...operationsOf('/forward-auth', forwardAuthRoutes(nothing), { ...beside, query: texts('visit', 'code') }),
      ...[
        '/admin/v1/session',
        '/admin/v1/users',
        `/oidc/auth${new URL(url).search}`,
        `/oidc/auth/${uid}`,
        '/oidc/session/end',
      ].map((path) => ({ ...operation('GET', path), ...beside })),
      { ...operation('GET', `/oidc/entra/{application}/answer/${uid}`), ...beside },
    ]
    const own = async () => ({
      headers: { origin: origin(), 'content-type': 'application/json', accept: 'text/html' },
      known: { cookie: fc.sample(cookie, { seed: seed + operations.length, numRuns: 20 }), login: [uid] },
    })
    expect(await withstand(operations, own)).toContain(401)
  })

  it('forward-auth', async () => {
    const proxied = { headers: texts('x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-uri', 'x-forwarded-method') }
    const operations = [
      ...operationsOf('/forward-auth', forwardAuthRoutes(nothing), { ...proxied, query: texts('rd', 'visit', 'code') }),
      ...operationsOf('/protected', protectedRoutes(nothing), { query: texts('site') }),
    ]
    expect(await withstand(operations, async () => ({ headers: { accept: 'text/html' } }))).toContain(302)
  })
})
