// `countersign/client`, as it was built, against a real server: through proxies as they are, restarts and bad luck.
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import type * as published from 'countersign/client'
import {
  createClient,
  type LoginRequestState,
  ProblemError,
  type ProblemSlug,
  UnreachableError,
} from 'countersign/client'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type * as z from 'zod/mini'
import type { redeemed, seenRequest, verified } from '../../protocol/application-answers.ts'
import type { NewLoginRequest } from '../../protocol/application-api.ts'
import type { APPLICATION_CALLS } from '../../server/http/application-calls.ts'
import { type Fault, FaultyProxy } from '../support/faulty-proxy.ts'
import { freePort } from '../support/free-port.ts'
import { limits, newHouse, startServer } from '../support/server.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'

const QUICK = { backOff: 5 }
const KEY = 'csk_of_nobody'

describe('the client for applications', () => {
  const house = wireHouse('sqlite', { env: limits({ pendingPerUser: { count: 1 } }) })
  const client = (url: string | URL = house.server.wire.origin, timing = {}) =>
    createClient({ url, apiKey: house.application.apiKey, timing: { ...QUICK, ...timing } })
  async function asked(by = client()) {
    const { username, device } = await house.person()
    const request = await by.start({ username, context: { resource: 'Timetable' } })
    return { username, device, request }
  }
  const behind = (...faults: Fault[]) => FaultyProxy.before(house.server.wire, faults)
  async function decide(device: WireDevice, id: string, verdict: 'approve' | 'deny', number?: string | null) {
    const { body: shown } = await device.request(id)
    expect((await device.decide(shown, verdict, number ?? null)).status).toBe(200)
  }
  /** As it is where there is nothing but what every web server, worker and runtime has. */
  function elsewhere(): typeof published {
    const { fetch, URL, URLSearchParams, Headers, Request, Response, AbortController, AbortSignal } = globalThis
    const { TextDecoder, TextEncoder, TextDecoderStream, ReadableStream, DOMException, Event, EventTarget } = globalThis
    const { setTimeout, clearTimeout, queueMicrotask, crypto, performance } = globalThis
    const web = {
      ...{ fetch, URL, URLSearchParams, Headers, Request, Response, AbortController, AbortSignal },
      ...{ TextDecoder, TextEncoder, TextDecoderStream, ReadableStream, DOMException, Event, EventTarget },
      ...{ setTimeout, clearTimeout, queueMicrotask, crypto, performance },
    }
    const built = readFileSync(new URL('../../dist/client/index.js', import.meta.url), 'utf8')
    const [, names = ''] = /export\s*\{([^}]*)\};?\s*$/.exec(built.replace(/\n\/\/# .*\s*$/, '')) ?? []
    const given = names.replace(/([\w$]+)\s+as\s+([\w$]+)/g, '$2: $1')
    const body = built.replace(/export\s*\{[^}]*\};?/, `return {${given}}`)
    return runInContext(`(() => {${body}\n})()`, createContext(web))
  }
  const slugOf = (promise: Promise<unknown>): Promise<ProblemSlug> =>
    promise.then(
      () => 'none',
      (error) => (error instanceof ProblemError ? error.slug : String(error)),
    )

  it('asks, tells every change, and redeems the approval once', async () => {
    const { username, device, request } = await asked()
    expect([request.last?.state, request.last?.number?.length]).toEqual(['pending', 2])
    const seen: LoginRequestState[] = []
    for await (const now of request.states()) {
      seen.push(now)
      if (now.version === 1) await device.receipt(request.id)
      if (now.delivery === 'shown' && now.state === 'pending') await decide(device, request.id, 'approve', now.number)
    }
    expect(seen.map(({ state, version }) => [state, version])).toEqual([
      ['pending', 1],
      ['pending', 2],
      ['approved', 3],
    ])
    expect(await request.redeem()).toMatchObject({ username, device: device.id, numberMatched: true })
    expect(await slugOf(request.redeem())).toBe('already-redeemed')
  })

  it('needs nothing of Node: where there is only the web it does the same', async () => {
    const { url, apiKey } = { url: house.server.wire.origin, apiKey: house.application.apiKey }
    const { device, request } = await asked(elsewhere().createClient({ url, apiKey, timing: QUICK }))
    const end = request.wait()
    await decide(device, request.id, 'approve', request.last?.number)
    expect((await end).state).toBe('approved')
    expect((await request.redeem()).device).toBe(device.id)
    await expect(request.redeem()).rejects.toMatchObject({ slug: 'already-redeemed' })
  })

  it('goes on with a request in another process, and tells only what is newer', async () => {
    const { device, request } = await asked()
    const { id, secret } = request
    await device.receipt(id)
    const versions: number[] = []
    const resumed = client().resume({ id, secret })
    expect(resumed.last).toBeUndefined()
    const following = (async () => {
      for await (const { version } of resumed.states({ since: 2 })) versions.push(version)
    })()
    await decide(device, id, 'deny')
    await following
    expect(versions).toEqual([3])
    expect(resumed.last).toMatchObject({ state: 'denied', reason: 'declined' })
  })

  it('tells a request that is taken back, and one that nobody answered', async () => {
    const { request } = await asked()
    await request.cancel()
    expect((await request.wait()).state).toBe('cancelled')
    expect(await slugOf(request.cancel())).toBe('already-settled')
    const { request: late } = await asked()
    await house.clock.advance(60_000)
    expect((await late.wait()).state).toBe('expired')
  })

  it('checks a passcode that was typed', async () => {
    const { username, device } = await house.person()
    await house.clock.advance(60_000)
    expect(await client().verify({ username, passcode: device.passcode() })).toEqual({
      valid: true,
      token: device.token.id,
    })
    expect(await client().verify({ username, passcode: device.passcode() })).toEqual({
      valid: false,
      reason: 'replayed',
    })
  })

  it('calls nothing else than a request, whatever somebody gave it for an id', async () => {
    const proxy = await behind()
    const request = client(proxy.url).resume({ id: '../passcodes/verify?x=', secret: 'x' })
    for (const call of [() => request.read(), () => request.wait()])
      await expect(call()).rejects.toMatchObject({ slug: 'unknown-request' })
    expect(proxy.calls.filter((one) => !one.startsWith('GET /api/v1/login-requests/..%2Fpasscodes'))).toEqual([])
  })

  it('says why it was refused', async () => {
    const { username, request } = await asked()
    expect(await slugOf(client().start({ username: 'nobody' }))).toBe('unknown-user')
    expect(await slugOf(client().resume({ id: request.id, secret: 'wrong' }).wait())).toBe('wrong-secret')
    expect(await slugOf(createClient({ url: house.server.wire.origin, apiKey: KEY }).start({ username }))).toBe(
      'unauthenticated',
    )
    expect(await slugOf(request.redeem())).toBe('not-approved')
    const tooMany = await client()
      .start({ username })
      .catch((error) => error)
    expect(tooMany).toMatchObject({ slug: 'too-many-requests', status: 429, retryAfter: expect.any(Number) })
    const invalid = await client()
      .start({ username: '' })
      .catch((error) => error)
    expect(invalid.document.errors).toHaveProperty('/username')
    // A wrong try was not spent on a request that was pending.
    expect((await request.read()).state).toBe('pending')
  })

  it.each<[Fault[], RegExp]>([
    [['hold'], /\?wait=25&since=/],
    [['page', 'cut', 'pass'], /\/events$/],
    [['stall', 'pass'], /\/events$/],
    [['lead-away', 'pass'], /\?wait=25&since=/],
    [['lose', 'page', 'page', 'pass'], /\?wait=25&since=/],
  ])('hears of the end through a proxy that does %j', async (faults, by) => {
    const { device, request } = await asked()
    await using proxy = await behind(...faults)
    const { id, secret } = request
    const timing = { ...(faults[0] === 'hold' && { firstWord: 100 }), ...(faults[0] === 'stall' && { silence: 100 }) }
    const through = client(proxy.url, timing).resume({ id, secret })
    for await (const { version, number } of through.states())
      if (version === 1) await decide(device, id, 'approve', number)
    expect(through.last).toMatchObject({ state: 'approved', passcode: expect.stringMatching(/^\d{8}$/) })
    expect(proxy.calls.at(-1)).toMatch(by)
  })

  it('asks nobody twice where the answer was lost', async () => {
    await using proxy = await behind('lose', 'page', 'pass')
    const { device, request } = await asked(client(proxy.url))
    expect(proxy.calls).toEqual(Array(3).fill('POST /api/v1/login-requests'))
    expect((await device.requests()).map(({ id }) => id)).toEqual([request.id])
  })

  it('sends nothing twice that counts, and nothing on to where an answer leads', async () => {
    await using proxy = await behind('lose', 'lead-away')
    const { request } = await asked()
    const through = client(proxy.url).resume({ id: request.id, secret: request.secret })
    await expect(through.redeem({ passcode: '00000000' })).rejects.toThrow(UnreachableError)
    await expect(client(proxy.url).verify({ username: 'alice', passcode: '123456' })).rejects.toMatchObject({
      status: 307,
    })
    expect(proxy.calls).toEqual(['POST /api/v1/login-requests/{id}/redeem', 'POST /api/v1/passcodes/verify'])
  })

  it('stops when it is told to, with the reason it was given, and hangs up', async () => {
    const { request } = await asked()
    await using proxy = await behind('pass')
    const stop = new AbortController()
    const waiting = client(proxy.url).resume({ id: request.id, secret: request.secret }).states({ signal: stop.signal })
    await waiting.next()
    const rest = waiting.next()
    stop.abort(new Error('the page was closed'))
    await expect(rest).rejects.toThrow('the page was closed')
    await proxy.hungUp
    await expect(request.wait({ signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late')
  })

  it('hangs up when its reader has heard enough', async () => {
    const { request } = await asked()
    await using proxy = await behind('pass')
    for await (const _ of client(proxy.url).resume({ id: request.id, secret: request.secret }).states()) break
    await proxy.hungUp
  })

  it('gives up when its patience is at an end', async () => {
    await using proxy = await behind('page')
    const { request } = await asked()
    const impatient = client(proxy.url, { patience: 1 })
    await expect(impatient.resume({ id: request.id, secret: request.secret }).wait()).rejects.toMatchObject({
      status: 502,
    })
    const nowhere = client(`http://localhost:${await freePort()}`, { call: 1 })
    await expect(nowhere.start({ username: 'alice' })).rejects.toThrow(UnreachableError)
  })

  it('goes on waiting over a restart of the server', async () => {
    await using kept = await newHouse('sqlite')
    const env = { PORT: String(await freePort()) }
    const first = await startServer('sqlite', { house: kept, env })
    const { apiKey } = await first.application()
    const username = await first.user()
    const device = await first.device(username)
    const request = await createClient({ url: first.wire.origin, apiKey, timing: QUICK }).start({ username })
    const states = request.states()
    expect((await states.next()).value).toMatchObject({ version: 1 })
    const next = states.next()
    await first.close()
    await using _second = await startServer('sqlite', { house: kept, env })
    await decide(device, request.id, 'approve', request.last?.number)
    expect((await next).value).toMatchObject({ state: 'approved', version: 2 })
    expect((await request.redeem()).username).toBe(username)
  })

  it('shows neither key nor secret to whoever logs it', async () => {
    const { request } = await asked()
    const by = client()
    const refused = await request.redeem({ passcode: '00000000' }).catch((error) => error)
    const lost = await client(`http://localhost:${await freePort()}`)
      .resume(request)
      .read()
      .catch((error) => error)
    for (const logged of [by, request, refused, lost])
      for (const text of [inspect(logged, { depth: 9, showHidden: true }), JSON.stringify(logged), String(logged)])
        for (const secret of [house.application.apiKey, request.secret]) expect(text ?? '').not.toContain(secret)
  })

  it('sends no key in the clear, but on this machine', () => {
    expect(() => createClient({ url: 'http://login.example.org', apiKey: KEY })).toThrow(/must be https/)
    for (const url of ['https://login.example.org', 'http://localhost:8080', 'http://[::1]:8080'])
      expect(() => createClient({ url, apiKey: KEY })).not.toThrow()
  })

  it('has types that say what the protocol says', () => {
    /** Ids are text to whoever does not make them. */
    type Plain<T> = T extends string & { readonly __id: string }
      ? string
      : T extends object
        ? { [Name in keyof T]: Plain<T[Name]> }
        : T
    expectTypeOf<published.Ask>().toEqualTypeOf<NewLoginRequest>()
    expectTypeOf<published.LoginRequestState>().toEqualTypeOf<Plain<z.infer<typeof seenRequest>>>()
    expectTypeOf<published.Redeemed>().toEqualTypeOf<Plain<z.infer<typeof redeemed>>>()
    expectTypeOf<published.Verified>().toEqualTypeOf<Plain<z.infer<typeof verified>>>()
    type Calls = typeof APPLICATION_CALLS
    type Listed = { [Name in keyof Calls]: Calls[Name]['problems'][number] }[keyof Calls]
    /** Without the door that is left open for later servers. */
    type Known<Slug> = Slug extends string ? (string extends Slug ? never : Slug) : never
    expectTypeOf<Listed>().toExtend<Known<published.ProblemSlug>>()
  })
})
