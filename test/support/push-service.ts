// A push service of our own (RFC 8030) that checks what a real one would and can read what a real one could not.
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { NextOptions } from './arrivals.ts'
import { Arrivals } from './arrivals.ts'
import type { Controlled } from './push-control.ts'
import { answerControl } from './push-control.ts'
import { openPushMessage } from './push-encryption.ts'
import type { PushFault } from './push-fault.ts'
import { playFault, takeFault } from './push-fault.ts'
import { PushRefusal } from './push-refusal.ts'
import type { PushRequest } from './push-request.ts'
import { checkPushRequest, readBody } from './push-request.ts'
import type { HeldSubscription, SubscriptionJson } from './push-subscriptions.ts'
import { PushSubscriptions } from './push-subscriptions.ts'
import { startTlsServer } from './tls-server.ts'

export interface PushMessage extends PushRequest {
  subscription: SubscriptionJson
  /** Null for a message without a body. */
  plaintext: string | null
  headers: IncomingHttpHeaders
}

/** Every POST to an endpoint, whatever came of it. */
export interface PushAttempt {
  endpoint: string
  outcome: number | 'hung' | 'reset'
  /** Why it was refused. */
  reason?: string | undefined
  /** Milliseconds since the epoch. */
  at: number
}

export interface PushServiceOptions {
  port?: number
  /** Milliseconds since the epoch, for the checks of VAPID. */
  now?: () => number
}

type Listener = (message: PushMessage) => void | Promise<void>

export interface PushService extends Controlled, AsyncDisposable {
  /** `https://localhost:PORT`. */
  origin: string
  caPath: string
  /** The certificate itself, for an agent's `ca`. */
  ca: string
  /** Played one a request, first in first out. */
  faults: PushFault[]
  messages: readonly PushMessage[]
  attempts: readonly PushAttempt[]
  /** From now on this endpoint answers 410. */
  gone(endpoint: string): void
  /** Each accepted message is handed out once. */
  nextMessage(matches?: (message: PushMessage) => boolean, options?: NextOptions): Promise<PushMessage>
  nextAttempt(matches?: (attempt: PushAttempt) => boolean, options?: NextOptions): Promise<PushAttempt>
  /** Calls the listener with every accepted message before the sender gets its 201; returns the way to stop that. */
  onMessage(listener: Listener): () => void
  stop(): Promise<void>
}

export async function startPushService({ port = 0, now = Date.now }: PushServiceOptions = {}): Promise<PushService> {
  const subscriptions = new PushSubscriptions()
  const messages = new Arrivals<PushMessage>('push message', ({ plaintext }) => plaintext ?? '(empty)')
  const attempts = new Arrivals<PushAttempt>('push attempt')
  const faults: PushFault[] = []
  const listeners = new Set<Listener>()

  const accept = async (endpoint: string, headers: IncomingHttpHeaders, body: Buffer): Promise<void> => {
    const subscription = subscriptions.get(endpoint)
    if (!subscription) throw new PushRefusal(404, 'there is no such subscription')
    if (subscription.gone) throw new PushRefusal(410, 'the subscription is gone')
    const restrictedTo = subscription.applicationServerKey
    const request = checkPushRequest(headers, body, { audience: server.origin, restrictedTo, now: now() })
    const plaintext = body.length > 0 ? open(body, subscription) : null
    const message = { ...request, subscription: subscription.json, plaintext, headers }
    messages.add(message)
    for (const listener of listeners) await listener(message)
  }

  const serve = async (endpoint: string, request: IncomingMessage, response: ServerResponse): Promise<Outcome> => {
    const body = await readBody(request)
    const fault = takeFault(faults, endpoint)
    const played = fault && (await playFault(fault, request, response))
    if (played) return { outcome: played }
    try {
      await accept(endpoint, request.headers, body)
    } catch (error) {
      if (!(error instanceof PushRefusal)) throw error
      response.writeHead(error.status, { 'content-type': 'text/plain' }).end(error.message)
      return { outcome: error.status, reason: error.message }
    }
    response.writeHead(201, { location: `${server.origin}/m/${randomUUID()}`, ttl: request.headers.ttl }).end()
    return { outcome: 201 }
  }

  const server = await startTlsServer({ port }, async (request, response) => {
    if (await answerControl(service, request, response)) return
    if (request.method !== 'POST') return void response.writeHead(405).end()
    const endpoint = `${server.origin}${request.url}`
    attempts.add({ endpoint, at: now(), ...(await serve(endpoint, request, response)) })
  })

  const accepted = () => attempts.all.filter(({ outcome }) => outcome === 201)
  const service: PushService = {
    origin: server.origin,
    caPath: server.caPath,
    ca: server.ca,
    faults,
    messages: messages.all,
    attempts: attempts.all,
    createSubscription: (options) => subscriptions.create(server.origin, options),
    counts: () => ({
      messages: messages.all.length,
      subscriptions: subscriptions.size,
      firstAt: accepted().at(0)?.at ?? null,
      lastAt: accepted().at(-1)?.at ?? null,
    }),
    gone: (endpoint) => subscriptions.gone(endpoint),
    nextMessage: (matches, options) => messages.next(matches, options),
    nextAttempt: (matches, options) => attempts.next(matches, options),
    onMessage: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: server.stop,
    [Symbol.asyncDispose]: server.stop,
  }
  return service
}

type Outcome = Pick<PushAttempt, 'outcome' | 'reason'>

function open(body: Buffer, keys: HeldSubscription): string {
  try {
    return openPushMessage(body, keys).toString()
  } catch (error) {
    // A real service cannot see this; a test must not miss it.
    throw new PushRefusal(400, `the message does not open: ${(error as Error).message}`)
  }
}
