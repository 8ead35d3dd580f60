// Whatever is sent, to whatever address: no answer of 5xx, nothing in the log that is a defect, each refusal a problem
// document, and a refusal changes nothing. Addresses come from the descriptions and from the routes themselves, so that
// a new one is tried without a line here.
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as call from '../../protocol/device-api.ts'
import { deviceApi } from '../../server/http/device-api.ts'
import { schemaOf } from '../../server/http/openapi.ts'
import { isOfPostgres } from '../../server/store/move.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { triedInTurn } from '../support/fuzzing.ts'
import { HOSTILE, hostile, type JsonSchema, type Known } from '../support/near-valid.ts'
import { callsOf, type Operation, type Tried } from '../support/nearly-calls.ts'
import { saidAside } from '../support/said-aside.ts'
import { limits, startServer, type TestServer } from '../support/server.ts'
import type { WireApplication } from '../support/wire-application.ts'
import { call as ask, type Json, type Reply, type Sent, send } from '../support/wire-call.ts'
import type { Verdict, WireDevice } from '../support/wire-device.ts'
import { operatorOf, programOf, type WireOperator } from '../support/wire-operator.ts'

/** Nobody listens there. */
const HOOK = 'http://127.0.0.1:9/x'
/** Of each operation. */
const TIMES = 4

type Described = { paths: Record<string, Record<string, DescribedCall>>; servers: [{ url: string }] }
type DescribedCall = {
  parameters?: { name: string; in: string; schema: JsonSchema }[]
  requestBody?: { content: Record<string, { schema: JsonSchema }> }
}

function operationsOf({ paths, servers: [{ url }] }: Described): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
      const [body] = Object.entries(requestBody?.content ?? {})
      const those = (where: string) =>
        Object.fromEntries(parameters.filter((p) => p.in === where).map(({ name, schema }) => [name, schema]))
      return {
        method: method.toUpperCase(),
        path: url + path,
        query: those('query'),
        headers: those('header'),
        ...(body && { body: { type: body[0], schema: body[1].schema } }),
      }
    }),
  )
}

const DEVICE_BODIES: Record<string, Parameters<typeof schemaOf>[0]> = {
  '/enrolments': call.freshCall,
  '/enrolments/open': call.openCall,
  '/enrolments/activate': call.activateCall,
  '/subscription': call.putSubscription,
  '/receipts': call.receiptCall,
  '/tokens/:id': call.patchToken,
  '/devices/:id/remove': call.freshCall,
}

/** Routes as they stand in the program, with nothing behind them. */
function deviceOperations(): Operation[] {
  const routes = deviceApi({} as never).routes.filter(({ method }) => method !== 'ALL')
  return routes.map(({ method, path }) => {
    const schema = DEVICE_BODIES[path]
    const query: Record<string, JsonSchema> = path === '/history' ? { before: { type: 'string' } } : {}
    const body = schema && { type: 'application/json', schema: schemaOf(schema, 'input') }
    return { method, path: `/device/v1${path.replace(/:(\w+)/g, '{$1}')}`, query, headers: {}, ...(body && { body }) }
  })
}

const MEMBERS = ['aud', 'iat', 'jti', 'request', 'token', 'verdict', 'binding', 'passcode'] as const
/** A statement of which some members are others, and now and then one of its header: signed, all the same, by its device. */
const DECISION = fc.record({
  verdict: fc.constantFrom<Verdict>('approve', 'deny', 'report'),
  changed: fc.dictionary(fc.constantFrom(...MEMBERS, 'more', '__proto__'), hostile, { minKeys: 1, maxKeys: 3 }),
  header: fc.option(fc.dictionary(fc.constantFrom('typ', 'alg', 'kid', 'crit'), hostile), { freq: 8, nil: {} }),
})
type DecisionTried = typeof DECISION extends fc.Arbitrary<infer Tried> ? Tried : never
const EACH_MEMBER = MEMBERS.flatMap((member) =>
  HOSTILE.map((value) => ({ verdict: 'approve' as const, changed: { [member]: value }, header: {} })),
)

/** What refusals may write: that they happened, and how many; and what works on by itself meanwhile. */
const NOT_COMPARED = [
  ...['hits', 'used_proofs', 'throttles', 'tallies', 'tally_marks', 'operator_challenges'],
  ...['audit', 'audit_seals', 'audit_chain', 'security_events', 'outbox', 'webhook_deliveries', 'notices'],
]

describe.each(ENGINES)('whatever is sent on %s', (engine) => {
  const aside = saidAside()
  let server: TestServer
  let known: Known
  let operator: WireOperator & { id: string }
  let application: WireApplication & { id: string }
  let device: WireDevice
  beforeAll(async () => {
    const nobody = async () => Promise.reject(Object.assign(new Error('not known'), { code: 'ENOTFOUND' }))
    const many = { count: 1_000_000, seconds: 60 }
    const env = {
      COUNTERSIGN_WEBHOOK_ORIGINS: new URL(HOOK).origin,
      ...limits({
        signInsPerAddress: many,
        enrolmentOpens: many,
        requestsPerUser: many,
        pendingPerUser: { count: 100_000 },
        verifiesPerUserAndApplication: many,
      }),
    }
    server = await startServer(engine, { clock: new ManualClock(), env, lookup: nobody })
    operator = await operatorOf(server)
    await programOf(server)
    application = await server.application()
    const usernames = await Promise.all([server.user(), server.user(), server.user()])
    device = await server.device(usernames[0] ?? '')
    const other = await server.device(usernames[1] ?? '')
    const code = await server.code(usernames[2] ?? '')
    const created = await application.ask(usernames[0] ?? '')
    const groups = await operator.call<{ id: string }>('POST', '/groups', { name: 'Crew' })
    const { rows } = await sql<{ id: string }>`select id from users order by username`.execute(server.store.read)
    const hook = await operator.call<{ webhook: { id: string } }>('POST', '/webhooks', { name: 'Log', url: HOOK })
    const users = rows.map(({ id }) => id)

    known = {
      users,
      user: users,
      username: usernames,
      devices: [device.id, other.id],
      device: [device.id],
      tokens: [device.token.id, other.token.id],
      token: [device.token.id],
      groups: [groups.body.id],
      group: [groups.body.id],
      applications: [application.id],
      application: [application.id],
      operators: [operator.id],
      webhooks: [hook.body.webhook?.id],
      policies: ['organisation', groups.body.id, application.id],
      scope: ['organisation'],
      'mail-templates': ['enrolment'],
      'login-requests': [created.id],
      requests: [created.id],
      request: [created.id],
      secret: [created.secret],
      code: [code],
      'If-Match': ['"1"', '"2"'],
      wait: [0],
      url: [HOOK],
    }
    // A name that nothing stands behind would try nothing.
    for (const [name, values] of Object.entries(known)) expect(values, name).not.toContain(undefined)
  })
  afterAll(() => server.close())

  /** All rows of a table as one text; on PostgreSQL of all tables in one question, for this is asked after each call. */
  let tables: string[] | undefined
  async function state(): Promise<Record<string, string>> {
    tables ??= (await server.store.read.introspection.getTables()).map(({ name }) => name)
    const all = tables.filter((name) => !NOT_COMPARED.includes(name) && !isOfPostgres(name))
    if (engine === 'postgres') {
      const each = all.map(
        (name) =>
          sql`select ${sql.lit(name)} as name, string_agg(t::text, chr(10) order by t::text) as rows from ${sql.table(name)} t`,
      )
      const { rows } = await sql<{ name: string; rows: string }>`${sql.join(each, sql` union all `)}`.execute(
        server.store.read,
      )
      return Object.fromEntries(rows.map(({ name, rows }) => [name, rows]))
    }
    const rows = async (name: string) => {
      const found = (await sql<object>`select * from ${sql.table(name)}`.execute(server.store.read)).rows
      return [
        name,
        found
          .map((row) => JSON.stringify(row))
          .sort()
          .join('\n'),
      ] as const
    }
    return Object.fromEntries(await Promise.all(all.map(rows)))
  }

  async function answered(operation: Operation, tried: Tried, own: Record<string, string>): Promise<Reply> {
    const path = tried.query === '' ? tried.path : `${tried.path}?${tried.query}`
    const { body } = tried
    const sent: Sent = { headers: { ...own, ...tried.headers }, ...(body === undefined ? {} : { body }) }
    const answer = await send(server.wire, operation.method, path, sent)
    if (answer.headers['content-type'] === 'text/event-stream') {
      answer.destroy()
      return { status: answer.statusCode ?? 0, headers: answer.headers, text: '', body: {} }
    }
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    return { status: answer.statusCode ?? 0, headers: answer.headers, text, body: {} }
  }

  /** An act may have ended the session, or removed whoever did it. */
  async function signedInAgain(): Promise<boolean> {
    if ((await operator.call('GET', '/session')).status === 200) return false
    if ((await operator.signIn()).status !== 200) operator = await operatorOf(server)
    return true
  }

  /** @param again what brings a caller back who is not known any more */
  async function withstands(
    operations: readonly Operation[],
    own: (of: Operation, path: string) => Record<string, string>,
    again?: () => Promise<boolean>,
  ) {
    let before = await state()
    for (const operation of operations) {
      await triedInTurn(
        callsOf(operation, known),
        async (tried) => {
          server.lines.length = 0
          const { status, headers, text } = await answered(operation, tried, own(operation, tried.path))
          expect(status, text).toBeLessThan(500)
          expect(server.lines.filter((line) => line.includes('"level":"error"'))).toEqual([])
          expect(aside).toEqual([])
          const after = await state()
          if (status >= 400) {
            expect(headers['content-type']).toMatch(/^application\/problem\+json/)
            expect(JSON.parse(text)).toMatchObject({
              status,
              type: expect.stringMatching(/^urn:countersign:problem:/),
            })
            expect(Object.keys(after).filter((table) => after[table] !== before[table])).toEqual([])
          }
          before = after
          if (status === 401 && (await again?.())) before = await state()
        },
        TIMES,
      )
    }
  }

  it('to the API for applications', async () => {
    const { body } = await ask<Described & Json>(server.wire, 'GET', '/api/v1/openapi.json')
    await withstands(operationsOf(body), () => ({ authorization: `Bearer ${application.apiKey}` }))
  })

  it('to the device API', async () => {
    await withstands(deviceOperations(), ({ method }, path) => ({ dpop: device.proof(method, path) }))
  })

  it('as a decision, signed by a device', async () => {
    const statuses = new Set<number>()
    /** Somebody new after each decision that was one: whoever reports is not asked again for a while. */
    const asking = async () => {
      const username = await server.user()
      const by = await server.device(username)
      const { id, number } = await application.ask(username)
      return { by, number, shown: (await by.request(id)).body }
    }
    let asked = await asking()
    const withstood = async ({ verdict, changed, header }: DecisionTried) => {
      const { by, shown, number } = asked
      server.lines.length = 0
      const statement = { ...by.statement(shown, verdict, number), ...changed }
      const { status, headers, text } = await by.send(by.signed(statement, { header }))
      expect(status, text).toBeLessThan(500)
      expect(server.lines.filter((line) => line.includes('"level":"error"'))).toEqual([])
      expect(aside).toEqual([])
      if (status >= 400) expect(headers['content-type']).toMatch(/^application\/problem\+json/)
      if (status === 200 || status === 403) asked = await asking()
      statuses.add(status)
    }
    for (const tried of EACH_MEMBER) await withstood(tried)
    await triedInTurn(DECISION, withstood, 200)
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 404, 422]))
  })

  it('to the operators’ API', async () => {
    const { body } = await ask<Described & Json>(server.wire, 'GET', '/admin/v1/openapi.json')
    await withstands(operationsOf(body), () => ({ origin: server.wire.origin, cookie: operator.cookie }), signedInAgain)
    // Some hundred calls, after each of which the store is looked at.
  }, 120_000)
})
