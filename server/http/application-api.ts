// /api/v1: the edge for applications' own servers.
import { Hono } from 'hono'
import { idempotencyKey, newLoginRequest, redeemCall, verifyCall, waitQuery } from '../../protocol/application-api.ts'
import { requestId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { ApplicationKeys } from '../applications/api-keys.ts'
import { mayUse } from '../applications/who-may.ts'
import { findUser } from '../directory/rows.ts'
import { type VerifyNeeds, verifyTyped } from '../passcodes/verify.ts'
import { cancelRequest } from '../requests/cancel.ts'
import { type CreateNeeds, createRequest } from '../requests/create.ts'
import { type IdempotencyNeeds, onceOnly } from '../requests/idempotency.ts'
import { passcodeOf, redeemRequest, requireSecret } from '../requests/redeem.ts'
import { requestOfApplication } from '../requests/rows.ts'
import { numberCell } from '../requests/sealed.ts'
import { asOf, isFinal, type RequestRow } from '../requests/state.ts'
import { applicationView } from '../requests/views.ts'
import { Bell, currentRequest, type WaitNeeds, waitForChange } from '../requests/wait.ts'
import { countedAddress } from '../throttling/address.ts'
import { canonicalAddress } from '../whereabouts/context.ts'
import { APPLICATION_CALLS, type ApplicationCallName } from './application-calls.ts'
import { applicationDescription } from './application-description.ts'
import { boundedBody, readJson } from './body.ts'
import type { AddressOf } from './client-address.ts'
import type { Call, Env, Middleware } from './env.ts'
import { eventStream, type Streaming } from './event-stream.ts'
import { apiKeyOf, knownApplication } from './in-their-turn.ts'
import { problemResponse } from './problem-response.ts'
import { type Addresses, conversation, type Handler } from './routes.ts'

export type ApplicationApiNeeds = CreateNeeds &
  IdempotencyNeeds &
  VerifyNeeds &
  WaitNeeds & { applicationKeys: ApplicationKeys; addressOf: AddressOf; stopping: AbortSignal }

export function applicationApi(needs: ApplicationApiNeeds): Hono<Env> {
  const handlers: Record<ApplicationCallName, Handler> = {
    create: (c) => create(needs, c),
    read: (c) => read(needs, c),
    events: (c) => events(needs, c),
    cancel: (c) => cancel(needs, c),
    redeem: (c) => redeem(needs, c),
    verify: (c) => verify(needs, c),
  }
  const addresses: Addresses = {}
  for (const [name, { http }] of Object.entries(APPLICATION_CALLS)) {
    const [method, path] = http
    addresses[path] = { ...addresses[path], [method]: handlers[name as ApplicationCallName] }
  }
  const api = new Hono<Env>()
  // Whoever writes a client has no key yet, and there is nothing of this installation in it.
  api.get('/openapi.json', (c) => c.json(applicationDescription()))
  return api.route('/', conversation([refusedWhereFull(needs), boundedBody, authenticated(needs)], addresses))
}

/**
 * Before a key is looked up or a body read, and without a line in the log each: refusing must cost next to nothing. Whose
 * key it was a moment ago is known; whoever brings another is at most one of many who have nothing yet.
 */
function refusedWhereFull(needs: ApplicationApiNeeds): Middleware {
  const { creating, addressOf } = needs
  const [method, path] = APPLICATION_CALLS.create.http
  return async (c, next) => {
    const isCreation = c.req.method === method && c.req.path.endsWith(path)
    const who = () => knownApplication(needs, c) ?? countedAddress(addressOf(c))
    const full = isCreation ? creating?.refusal(who()) : undefined
    if (full) return problemResponse(full)
    await next()
  }
}

function authenticated({ applicationKeys, addressOf }: ApplicationApiNeeds): Middleware {
  return async (c, next) => {
    const key = apiKeyOf(c)
    const application = key === undefined ? undefined : await applicationKeys.application(key, addressOf(c))
    if (!application) throw new Problem('unauthenticated', { headers: { 'WWW-Authenticate': 'Bearer' } })
    c.set('application', application)
    await next()
  }
}

async function create(needs: ApplicationApiNeeds, c: Call): Promise<Response> {
  const call = readJson(c, newLoginRequest)
  const application = c.get('application')
  const given = c.req.header('idempotency-key')
  if (given === undefined)
    return json(201, JSON.stringify(await createRequest(needs, { application, call, door: 'rest' })))
  const key = idempotencyKey.safeParse(given)
  if (!key.success)
    throw new Problem('invalid', {
      members: { errors: { '/Idempotency-Key': 'must be 1 to 128 printable ASCII characters' } },
    })
  const keyed = { application: application.id, key: key.data, body: c.get('body') }
  const { json: body, replayed } = await onceOnly(needs, keyed, (also) =>
    createRequest(needs, { application, call, door: 'rest', also }),
  )
  return json(201, body, replayed ? { 'Idempotent-Replayed': 'true' } : {})
}

async function read(needs: ApplicationApiNeeds, c: Call): Promise<Response> {
  const row = await ownRequest(needs, c)
  const { wait, since } = parseOrRefuse(waitQuery, c.req.query())
  const knowsSecret = secretGiven(c, row)
  const now = wait ? await waitForChange(needs, row.id, since ?? row.version, wait * 1000, needs.stopping) : row
  return json(200, JSON.stringify(view(needs, now, knowsSecret)))
}

async function events(needs: ApplicationApiNeeds, c: Call): Promise<Response> {
  const id = requestId.safeParse(c.req.param('id'))
  // Listens before it looks, so that nothing is missed between the two.
  const bell = id.success ? new Bell(needs, `request:${id.data}`) : new Bell(needs)
  const streaming = await found(needs, c, bell).catch((error: unknown) => {
    bell.end()
    throw error
  })
  return eventStream(c, streaming)
}

async function found(needs: ApplicationApiNeeds, c: Call, bell: Bell): Promise<Streaming> {
  const row = await ownRequest(needs, c)
  return states(needs, bell, row, secretGiven(c, row))
}

/** For as long as a page waits this is kept, so it holds no more of the request than it needs. */
function states(needs: ApplicationApiNeeds, bell: Bell, row: RequestRow, knowsSecret: boolean): Streaming {
  const { id, application_id: application, expires_at: expiresAt } = row
  let first: RequestRow | undefined = row
  // Opened once for all looks: it stays what it is for as long as it is there.
  let number: string | null | undefined
  return {
    bell,
    stopping: needs.stopping,
    waiting: needs.waiting,
    who: application,
    forgetsCall: true,
    nextLook: () => Math.max(0, expiresAt - needs.clock.now()) || Number.POSITIVE_INFINITY,
    snapshot: async () => {
      const now = first ?? (await currentRequest(needs, id))
      first = undefined
      if (knowsSecret) number ??= numberOf(needs, now)
      const data = JSON.stringify(view(needs, now, knowsSecret, number))
      return { event: 'state', id: String(now.version), data, last: isFinal(now) }
    },
  }
}

async function cancel(needs: ApplicationApiNeeds, c: Call): Promise<Response> {
  await cancelRequest(needs, await ownRequest(needs, c))
  return new Response(null, { status: 204 })
}

async function redeem(needs: ApplicationApiNeeds, c: Call): Promise<Response> {
  const row = await ownRequest(needs, c)
  const call = readJson(c, redeemCall)
  // Attack stopped: who has lost the application since they were asked, and signs in to it all the same.
  if (!(await mayUse(needs.store.read, c.get('application'), row.user_id))) throw new Problem('unknown-user')
  return json(200, JSON.stringify(await redeemRequest(needs, row, call)))
}

async function verify(needs: ApplicationApiNeeds, c: Call): Promise<Response> {
  const { username, passcode, context = {} } = readJson(c, verifyCall)
  const address = context.ip === undefined ? undefined : canonicalAddress(context.ip)
  const user = await findUser(needs.store.read, username)
  const application = c.get('application')
  if (!user || !(await mayUse(needs.store.read, application, user.id))) throw new Problem('unknown-user')
  const typed = { user: user.id, application: application.id, passcode, address, userAgent: context.userAgent }
  return json(200, JSON.stringify(await verifyTyped(needs, typed)))
}

/** @throws {Problem} unknown-request, for another application's request too */
async function ownRequest(needs: ApplicationApiNeeds, c: Call): Promise<RequestRow> {
  const id = requestId.safeParse(c.req.param('id'))
  const row = id.success ? await requestOfApplication(needs.store.read, id.data, c.get('application').id) : undefined
  if (!row) throw new Problem('unknown-request')
  return asOf(row, needs.clock.now())
}

function secretGiven(c: Call, row: RequestRow): boolean {
  const secret = c.req.header('x-request-secret')
  if (secret === undefined) return false
  requireSecret(row, secret)
  return true
}

/** @param number what `numberOf` said before */
function view(needs: ApplicationApiNeeds, row: RequestRow, knowsSecret: boolean, number?: string | null) {
  if (!knowsSecret) return applicationView(row)
  const shown = row.number === null ? null : (number ?? numberOf(needs, row))
  const passcode = row.state === 'approved' ? passcodeOf(needs, row) : undefined
  return { ...applicationView(row), number: shown, ...(passcode === undefined ? {} : { passcode }) }
}

function numberOf({ sealer }: ApplicationApiNeeds, { id, number }: RequestRow): string | null {
  return number === null ? null : sealer.openText(number, numberCell(id))
}

function json(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { 'Content-Type': 'application/json', ...headers } })
}
