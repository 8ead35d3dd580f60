// /admin/v1: HTTP from the definitions of acts.
import type { Hono } from 'hono'
import * as z from 'zod/mini'
import { type ActName, mayAct } from '../../protocol/permissions.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { Assembly } from '../assemble.ts'
import { boundedBody, readFileSent, readJson, unreadBody } from '../http/body.ts'
import type { AddressOf } from '../http/client-address.ts'
import type { Call, Env, Middleware } from '../http/env.ts'
import { eventStream, type Snapshot, type Streaming } from '../http/event-stream.ts'
import { endedBy } from '../http/problem-response.ts'
import { type Addresses, conversation } from '../http/routes.ts'
import { actorFor } from '../operators/authenticated.ts'
import { Bell } from '../requests/wait.ts'
import { lookingOn } from '../store/store.ts'
import { countedAddress } from '../throttling/address.ts'
import { clientName } from '../whereabouts/context.ts'
import type { Act, AdminCall, Download, Upload } from './act.ts'
import { ACTS } from './acts.ts'
import { authenticated, authenticatedBy, browserOf } from './authenticate.ts'
import { authorise, authoriseInput } from './authorise.ts'
import { countHelp } from './helping.ts'
import { openApi } from './openapi.ts'

export type AdminNeeds = Assembly & { addressOf: AddressOf }

const BASE = '/admin/v1'
const MOST_OF_AGENT = 512
const ENOUGH_AT_ONCE = 32 * 1024
const DESCRIPTION = '/openapi.json'

export function adminRoutes(needs: AdminNeeds): Hono<Env> {
  const open = ACTS.filter(({ access }) => access === 'open').map(({ http }) => http[1])
  const addresses: Addresses = { [DESCRIPTION]: { GET: (c) => c.json(openApi(ACTS)) } }
  for (const act of ACTS) {
    const [method, path] = act.http
    addresses[path] = { ...addresses[path], [method]: (c: Call) => handle(needs, act, c) }
  }
  const unlocked = new Set([DESCRIPTION, ...open].map((path) => BASE + path))
  const files = new Set(ACTS.filter(({ upload }) => upload).map(({ http }) => BASE + http[1]))
  const body: Middleware = (c, next) => (files.has(c.req.path) ? unreadBody : boundedBody)(c, next)
  return conversation([body, authenticated(needs, unlocked)], addresses)
}

async function handle(needs: AdminNeeds, act: Act, c: Call): Promise<Response> {
  const call = callOf(needs, act, c)
  authorise(act, call, needs.clock.now())
  if (act.every !== undefined && wantsStream(c)) return eventStream(c, await stream(needs, act, c))
  const input = act.upload ? await readSent(act, act.upload, c) : readInput(act, c)
  authoriseInput(act, input, call, needs.clock.now())
  if (act.helps) await countHelp(needs, call)
  const output = await act.run(act.http[0] === 'GET' ? lookingOn(needs) : needs, input, call)
  if (act.download) return fileOf(output as Download, endedBy(c))
  if (act.output === undefined) return c.body(null, 204)
  const { version } = output as { version?: unknown }
  if (typeof version === 'number') c.header('ETag', `"${version}"`)
  return c.json(output as object, act.status as 200)
}

/** Sent as it is made: whoever reads slowly makes the store be read slowly. */
function fileOf({ type, name, chunks }: Download, ended: (error: unknown) => void): Response {
  const rest = chunks[Symbol.asyncIterator]()
  const body = new ReadableStream<Uint8Array>({
    pull: async (sink) => {
      let text = ''
      while (text.length < ENOUGH_AT_ONCE) {
        const next = await rest.next().catch((error: unknown) => {
          ended(error)
          throw error
        })
        if (next.done) break
        text += next.value
      }
      if (text === '') sink.close()
      else sink.enqueue(new TextEncoder().encode(text))
    },
    cancel: async () => void (await rest.return?.()),
  })
  const headers = { 'Content-Type': type, 'Content-Disposition': `attachment; filename="${name}"` }
  return new Response(body, { headers })
}

const wantsStream = (c: Call) => c.req.header('accept') === 'text/event-stream'

/**
 * What the act answers, for as long as whoever asked may know it. Looked at once before it begins: a refusal is
 * answered as one, where after the head it would look like a fault of the line and be asked for again and again.
 */
async function stream(needs: AdminNeeds, act: Act, c: Call): Promise<Streaming> {
  const input = readInput(act, c)
  const look = async (): Promise<Snapshot | undefined> => {
    const who = await authenticatedBy(needs, c)
    if (!who || !mayAct(actorFor(who, act.name).role, act.name as ActName)) return undefined
    const output = await act.run(lookingOn(needs), input, callOf(needs, act, c))
    return { event: 'changed', data: JSON.stringify(output), last: false }
  }
  let first = await look()
  return {
    bell: new Bell(needs),
    stopping: needs.stopping,
    waiting: needs.waiting,
    who: callOf(needs, act, c).actor?.id ?? countedAddress(needs.addressOf(c)),
    nextLook: () => act.every ?? Number.POSITIVE_INFINITY,
    snapshot: async () => {
      const now = first ?? (await look())
      first = undefined
      return now
    },
  }
}

function callOf({ addressOf }: AdminNeeds, act: Act, c: Call): AdminCall {
  const who = c.get('operator')
  return {
    actor: who && actorFor(who, act.name),
    session: who?.session,
    from: { address: addressOf(c), client: clientOf(c) },
    browser: browserOf(c),
    isGone: () => c.env?.outgoing?.destroyed ?? false,
  }
}

/** 'Chrome on Windows', or empty. */
function clientOf(c: Call): string {
  const agent = c.req.header('user-agent')?.slice(0, MOST_OF_AGENT)
  return agent ? clientName(agent) : ''
}

/**
 * What stands in the path cannot be said otherwise in the body.
 * @throws {Problem} malformed, invalid, precondition-required
 */
function readInput(act: Act, c: Call): unknown {
  const [method] = act.http
  const sent = method === 'GET' || method === 'DELETE' ? c.req.query() : bodyOf(c)
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return parseOrRefuse(act.input, sent)
  const version = act.versioned ? { version: versionSeen(c) } : {}
  return parseOrRefuse(act.input, { ...sent, ...c.req.param(), ...version })
}

async function readSent(act: Act, { type, most }: Upload, c: Call): Promise<unknown> {
  const file = await readFileSent(c, type, most)
  return parseOrRefuse(act.input, { ...c.req.query(), ...c.req.param(), file })
}

function bodyOf(c: Call): unknown {
  return c.get('body').length === 0 ? {} : readJson(c, z.unknown())
}

/** RFC 9110 §13.1.1. */
function versionSeen(c: Call): number {
  const given = c.req.header('if-match')
  if (given === undefined) throw new Problem('precondition-required')
  const version = /^"(\d{1,15})"$/.exec(given.trim())?.[1]
  if (version === undefined) throw new Problem('changed-meanwhile')
  return Number(version)
}
