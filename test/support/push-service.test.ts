import { Agent, request as plainRequest } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import webpush from 'web-push'
import type { PushService } from './push-service.ts'
import { startPushService } from './push-service.ts'

const vapid = { subject: 'mailto:operator@example.org', ...webpush.generateVAPIDKeys() }
const otherVapid = { subject: 'mailto:operator@example.org', ...webpush.generateVAPIDKeys() }

let service: PushService
let agent: Agent
beforeAll(async () => {
  service = await startPushService()
  agent = new Agent({ ca: service.ca })
})
afterAll(() => service.stop())

const subscribe = () => service.createSubscription({ applicationServerKey: vapid.publicKey })

/** The status that a sender sees. */
const send = (endpoint: webpush.PushSubscription, payload: string, options: webpush.RequestOptions = {}) =>
  webpush.sendNotification(endpoint, payload, { vapidDetails: vapid, TTL: 60, agent, ...options }).then(
    ({ statusCode }) => statusCode,
    (error: webpush.WebPushError) => error.statusCode ?? error.message,
  )

/** A request with exactly these headers, where the library would add its own. */
const post = (endpoint: string, headers: Record<string, string>, body: Buffer) =>
  new Promise<number | undefined>((resolve, reject) => {
    const outgoing = plainRequest(endpoint, { method: 'POST', headers, agent }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    outgoing.once('error', reject).end(body)
  })

describe('a message', () => {
  it('sealed by web-push opens and carries all its headers', async () => {
    const subscription = subscribe()
    const topic = 'login'
    expect(await send(subscription, '{"hello":"there"}', { TTL: 61, urgency: 'high', topic })).toBe(201)
    const message = await service.nextMessage()
    expect(message).toMatchObject({ subscription, plaintext: '{"hello":"there"}', ttl: 61, urgency: 'high', topic })
    expect(message.claims).toMatchObject({ aud: service.origin, sub: vapid.subject })
  })

  it('fits with 3,993 bytes of plaintext and is 413 with one more', async () => {
    const subscription = subscribe()
    expect(await send(subscription, 'x'.repeat(3993))).toBe(201)
    expect(await send(subscription, 'x'.repeat(3994))).toBe(413)
  })

  it('is 400 without TTL, 413 with 4,097 bytes', async () => {
    const { endpoint } = subscribe()
    expect(await post(endpoint, { 'content-encoding': 'aes128gcm' }, Buffer.alloc(100))).toBe(400)
    expect(await post(endpoint, { ttl: '1', 'content-encoding': 'aes128gcm' }, Buffer.alloc(4097))).toBe(413)
  })

  it('is 403 under another VAPID key, 401 without one, 400 where it does not open', async () => {
    const subscription = subscribe()
    expect(await send(subscription, 'x', { vapidDetails: otherVapid })).toBe(403)
    expect(await post(subscription.endpoint, { ttl: '1' }, Buffer.alloc(0))).toBe(401)
    const strangersKeys = { endpoint: subscription.endpoint, keys: subscribe().keys }
    expect(await send(strangersKeys, 'x')).toBe(400)
    expect(service.attempts.at(-1)?.reason).toContain('does not open')
  })

  it('is 410 for a subscription that is gone, 404 for one that never was', async () => {
    const subscription = subscribe()
    service.gone(subscription.endpoint)
    expect(await send(subscription, 'x')).toBe(410)
    expect(await send({ ...subscription, endpoint: `${service.origin}/wp/none` }, 'x')).toBe(404)
  })
})

describe('a fault', () => {
  it('is played once, for its own endpoint, and told as an attempt', async () => {
    const [first, second] = [subscribe(), subscribe()]
    service.faults.push({ status: 429, headers: { 'retry-after': '7' }, endpoint: second.endpoint })
    expect(await send(first, 'x')).toBe(201)
    expect(await send(second, 'x')).toBe(429)
    expect(await send(second, 'x')).toBe(201)
    const ofSecond = service.attempts.filter(({ endpoint }) => endpoint === second.endpoint)
    expect(ofSecond.map(({ outcome }) => outcome)).toEqual([429, 201])
  })

  it('can break the connection, never answer, or be slow', async () => {
    const subscription = subscribe()
    service.faults.push({ reset: true })
    expect(await send(subscription, 'x')).toMatch(/ECONNRESET|hang up/)
    service.faults.push({ hang: true })
    expect(await send(subscription, 'x', { timeout: 50 })).toMatch(/timeout/i)
    // Given up before it was even read, it has left its fault.
    service.faults.length = 0
    service.faults.push({ delay: 30 })
    expect(await send(subscription, 'slow')).toBe(201)
    expect(await service.nextMessage(({ plaintext }) => plaintext === 'slow')).toBeDefined()
  })
})
