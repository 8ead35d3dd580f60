// The APIs as programs read of them: linted, and compared with what the server really answers.
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { newLoginRequest, verifyCall } from '../../protocol/application-api.ts'
import { PROBLEMS, type ProblemSlug } from '../../protocol/problems.ts'
import { APPLICATION_CALLS, type ApplicationCall } from '../../server/http/application-calls.ts'
import { applicationDescription, problemsOf } from '../../server/http/application-description.ts'
import { limits } from '../support/server.ts'
import { call, type Json, type Reply, said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'

const CALLS: Record<string, ApplicationCall> = APPLICATION_CALLS

async function faultsOf(description: unknown): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] })
  const found = await lintFromString({ source: JSON.stringify(description), config })
  return found.map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer}: ${message}`)
}

describe('the description', () => {
  const house = wireHouse('sqlite')

  it.each(['/api/v1/openapi.json', '/admin/v1/openapi.json'])('at %s has no fault', async (path) => {
    const { status, body } = await call(house.server.wire, 'GET', path)
    expect([status, body.openapi]).toEqual([200, '3.1.0'])
    expect(await faultsOf(body)).toEqual([])
  })

  it('would be found out: an example that is none, an operation without an answer, a reference to nothing', async () => {
    const broken = JSON.parse(JSON.stringify(applicationDescription()).replace('"state":"pending"', '"state":"asleep"'))
    broken.paths['/passcodes/verify'].post.responses = {}
    broken.paths['/login-requests/{id}'].delete.responses['404'] = { $ref: '#/components/responses/Gone' }
    const rules = (await faultsOf(broken)).map((fault) => fault.split(' ')[0])
    expect(rules).toEqual(
      expect.arrayContaining(['no-invalid-media-type-examples', 'operation-2xx-response', 'no-unresolved-refs']),
    )
  })

  it('has every call once, and nothing besides', () => {
    const described = Object.values(applicationDescription().paths as Json).flatMap((path) =>
      Object.values(path as Json),
    )
    expect(described.map((operation) => (operation as Json).operationId).sort()).toEqual(Object.keys(CALLS).sort())
  })

  it('says how long texts may be as the server does', () => {
    const { create, verify } = APPLICATION_CALLS
    const most = (of: object, name: string) => (of as Record<string, { maxLength: number }>)[name]?.maxLength ?? 0
    const fits = (length: number) => ({ username: 'u'.repeat(length) })
    for (const [schema, { members }] of [
      [newLoginRequest, create.body],
      [verifyCall, verify.body],
    ] as const) {
      const passcode = '123456'
      expect(schema.safeParse({ ...fits(most(members, 'username')), passcode }).success).toBe(true)
      expect(schema.safeParse({ ...fits(most(members, 'username') + 1), passcode }).success).toBe(false)
      expect(schema.safeParse({ ...fits(0), passcode }).success).toBe(false)
    }
    for (const name of ['userAgent', 'resource', 'message']) {
      const withText = (length: number) => ({ username: 'alice', context: { [name]: 'x'.repeat(length) } })
      const longest = most(create.body.members, `context.${name}`)
      expect([longest, longest + 1].map((length) => newLoginRequest.safeParse(withText(length)).success)).toEqual([
        true,
        false,
      ])
    }
  })
})

describe('what the server answers', () => {
  const house = wireHouse('sqlite', { env: limits({ pendingPerUser: { count: 1 }, pushPause: { seconds: 60 } }) })
  const met = new Set<string>()
  /** As the description says: the status it promises and the members it has, or a problem that it lists. */
  function asDescribed(name: keyof typeof APPLICATION_CALLS, reply: Reply<unknown>): void {
    const described = CALLS[name] as ApplicationCall
    const slug = said(reply).split(' ')[1] as ProblemSlug | undefined
    if (slug) {
      expect(problemsOf(described)).toContain(slug)
      expect(reply.status).toBe(PROBLEMS[slug].status)
    } else {
      expect(reply.status).toBe(described.answer.status)
      const { schema } = described.answer
      if (schema)
        expect(Object.keys(reply.body as Json).sort()).toEqual(Object.keys(z.parse(schema, reply.body) as Json).sort())
    }
    met.add(`${name} ${said(reply)}`)
  }

  beforeAll(async () => {
    const { application, server } = house
    const of = await house.asked()
    const { id, secret, number } = of.created
    const key = (name: string) => ({ 'Idempotency-Key': name })
    const free = await house.person()
    asDescribed('create', await application.create(of.username))
    asDescribed('create', await application.create('nobody'))
    asDescribed('create', await application.create(await server.user()))
    asDescribed('create', await application.create(''))
    asDescribed('create', await application.create(free.username, {}, key('once')))
    asDescribed('create', await application.create(free.username, { purpose: 'sign-in' }, key('once')))
    asDescribed('read', await application.read(id, { secret }))
    asDescribed('read', await application.read(id, { secret: 'wrong' }))
    asDescribed('read', await application.read(id, { query: '?wait=99' }))
    asDescribed('redeem', await application.redeem(id, secret, '00000000'))
    const { shown } = of
    await of.device.decide(shown, 'approve', number)
    const { body } = await application.read(id, { secret })
    asDescribed('read', await application.read(id, { secret }))
    asDescribed('redeem', await application.redeem(id, secret, '00000000'))
    asDescribed('redeem', await application.redeem(id, secret, body.passcode ?? ''))
    asDescribed('redeem', await application.redeem(id, secret, body.passcode ?? ''))
    asDescribed('cancel', await application.cancel(id))
    asDescribed('cancel', await application.cancel((await house.asked()).created.id))
    asDescribed('cancel', await application.cancel('req_x'))
    await house.clock.advance(60_000)
    asDescribed('verify', await application.verify(of.username, of.device.passcode()))
    asDescribed('verify', await application.verify(of.username, of.device.passcode()))
    asDescribed('verify', await application.verify('nobody', '123456'))
    asDescribed('verify', await application.call('POST', '/api/v1/passcodes/verify', { body: 'x' }))
    const late = await house.approved()
    await house.clock.advance(60_000)
    asDescribed('redeem', await application.redeem(late.created.id, late.created.secret, late.passcode))
  })
  afterAll(() => met.clear())

  it('is what is described, well or ill', () => {
    expect([...met].sort()).toEqual([
      'cancel 204',
      'cancel 404 unknown-request',
      'cancel 409 already-settled',
      'create 201',
      'create 404 unknown-user',
      'create 409 no-token',
      'create 422 idempotency-mismatch',
      'create 422 invalid',
      'create 429 too-many-requests',
      'read 200',
      'read 403 wrong-secret',
      'read 422 invalid',
      'redeem 200',
      'redeem 403 wrong-passcode',
      'redeem 409 already-redeemed',
      'redeem 409 not-approved',
      'redeem 410 expired',
      'verify 200',
      'verify 400 malformed',
      'verify 404 unknown-user',
    ])
  })
})
