import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { freePort } from '../../test/support/free-port.ts'
import { type PushService, startPushService } from '../../test/support/push-service.ts'
import { trust } from '../../test/support/trust.ts'
import { type Outbound, openOutbound } from './outbound.ts'
import { type OutgoingPush, type PushSender, pushSender } from './send.ts'

let service: PushService
let outbound: Outbound
let clock: ManualClock
let sender: PushSender

beforeAll(async () => {
  service = await startPushService()
  trust(service.ca)
})
afterAll(() => service.stop())
beforeEach(() => {
  clock = new ManualClock()
  outbound = openOutbound({
    allowedOrigins: [service.origin],
    lookup: async () => ['127.0.0.1'],
    httpsProxy: undefined,
    noProxy: undefined,
  })
  sender = pushSender({ outbound, clock })
})
afterEach(() => outbound.close())

// What is inside is for the device: the double takes a message without a body unopened.
const push = (about: Partial<OutgoingPush> = {}): OutgoingPush => ({
  endpoint: service.createSubscription().endpoint,
  body: new Uint8Array(),
  authorization: 'none',
  ttl: 42,
  topic: 'topic',
  keyIsCurrent: true,
  ...about,
})
const fault = (...faults: PushService['faults']) => service.faults.push(...faults)

it('a service that wants the sender named answers 401 to nonsense, which no further try would mend', async () => {
  expect(await sender.send(push())).toEqual({ kind: 'refused', status: 401 })
  expect(await sender.send(push({ keyIsCurrent: false }))).toEqual({ kind: 'stale-key', status: 401 })
})

it('a subscription that is gone, or never was', async () => {
  const gone = push()
  service.gone(gone.endpoint)
  expect(await sender.send(gone)).toEqual({ kind: 'gone', status: 410 })
  expect(await sender.send(push({ endpoint: `${service.origin}/wp/none` }))).toEqual({ kind: 'gone', status: 404 })
})

it('a busy service says when to come back', async () => {
  fault({ status: 429, headers: { 'retry-after': '7' } }, { status: 500 })
  expect(await sender.send(push())).toEqual({ kind: 'retry', status: 429, notBefore: clock.now() + 7000 })
  expect(await sender.send(push())).toEqual({ kind: 'retry', status: 500 })
})

it('a redirect is not followed', async () => {
  const elsewhere = service.createSubscription().endpoint
  fault({ status: 307, headers: { location: elsewhere } })
  expect(await sender.send(push())).toEqual({ kind: 'refused', status: 307 })
  expect(service.attempts.some(({ endpoint }) => endpoint === elsewhere)).toBe(false)
})

it('a connection that breaks may hold next time', async () => {
  fault({ reset: true })
  expect(await sender.send(push())).toMatchObject({ kind: 'retry', status: undefined })
})

it('a service that cannot be reached may be there next time', async () => {
  const origin = `https://localhost:${await freePort()}`
  const unreachable = openOutbound({
    allowedOrigins: [origin],
    lookup: async () => ['127.0.0.1'],
    httpsProxy: undefined,
    noProxy: undefined,
  })
  const answer = await pushSender({ outbound: unreachable, clock }).send(push({ endpoint: `${origin}/wp/1` }))
  expect(answer).toEqual({ kind: 'retry', status: undefined, fault: 'ECONNREFUSED' })
  await unreachable.close()
})

it('a service that never answers is given up after 10 seconds', async () => {
  const silent = push()
  fault({ hang: true, endpoint: silent.endpoint })
  const answer = sender.send(silent)
  await service.nextAttempt(({ outcome }) => outcome === 'hung')
  await clock.advance(9999)
  expect(clock.waiting).toBe(1)
  await clock.advance(1)
  expect(await answer).toEqual({ kind: 'retry', status: undefined, fault: 'TimeoutError' })
})

it('what is on the wire can be broken off', async () => {
  const silent = push()
  fault({ hang: true, endpoint: silent.endpoint })
  const answer = sender.send(silent)
  await service.nextAttempt(({ outcome }) => outcome === 'hung')
  sender.breakOff()
  expect(await answer).toEqual({ kind: 'retry', status: undefined, fault: 'AbortError' })
})

it('an answer with a long body counts by its status, and the next push goes out', async () => {
  fault({ status: 201, body: 'x'.repeat(1_000_000) }, { status: 201, body: 'x' })
  expect(await sender.send(push())).toEqual({ kind: 'accepted', status: 201 })
  expect(await sender.send(push())).toEqual({ kind: 'accepted', status: 201 })
})

it('no time-out is left behind', async () => {
  fault({ status: 201 })
  await sender.send(push())
  expect(clock.waiting).toBe(0)
})
