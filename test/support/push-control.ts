// How another process talks to a push double: make subscriptions, ask for the count.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from './push-request.ts'
import type { SubscribeOptions, SubscriptionJson } from './push-subscriptions.ts'

export interface PushCounts {
  /** Accepted ones. */
  messages: number
  subscriptions: number
  /** When the first and the last were accepted, milliseconds since the epoch; null before there is one. */
  firstAt: number | null
  lastAt: number | null
}

export interface Controlled {
  createSubscription(options?: SubscribeOptions): SubscriptionJson
  counts(): PushCounts
}

/** Body of `POST /_subscriptions`; the answer is `{"subscriptions": [<PushSubscription.toJSON()>, …]}`. */
export interface SubscriptionsOrder extends SubscribeOptions {
  count: number
}

/** Answers `GET /_stats` and `POST /_subscriptions`; says whether it was one of them. */
export async function answerControl(
  service: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (!request.url?.startsWith('/_')) return false
  const answer = (value: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  if (request.method === 'GET' && request.url === '/_stats') {
    answer(service.counts())
    return true
  }
  if (request.method === 'POST' && request.url === '/_subscriptions') {
    const { count, ...options } = JSON.parse((await readBody(request)).toString()) as SubscriptionsOrder
    answer({ subscriptions: Array.from({ length: count }, () => service.createSubscription(options)) })
    return true
  }
  response.writeHead(404).end()
  return true
}
