// The push service for benchmarks: takes everything at once, opens nothing, and counts.

import type { Controlled, PushCounts } from './push-control.ts'
import { answerControl } from './push-control.ts'
import { PushSubscriptions } from './push-subscriptions.ts'
import type { TlsServerOptions } from './tls-server.ts'
import { startTlsServer } from './tls-server.ts'

export interface PushCounter extends Controlled, AsyncDisposable {
  origin: string
  caPath: string
  stop(): Promise<void>
}

export async function startPushCounter(options: TlsServerOptions = {}): Promise<PushCounter> {
  const subscriptions = new PushSubscriptions()
  const counted: Pick<PushCounts, 'messages' | 'firstAt' | 'lastAt'> = { messages: 0, firstAt: null, lastAt: null }

  const server = await startTlsServer(options, async (request, response) => {
    if (await answerControl(counter, request, response)) return
    request.resume()
    request.once('end', () => {
      counted.messages += 1
      counted.lastAt = Date.now()
      counted.firstAt ??= counted.lastAt
      response.writeHead(201, { location: `${server.origin}/m/${counted.messages}` }).end()
    })
  })

  const counter: PushCounter = {
    origin: server.origin,
    caPath: server.caPath,
    createSubscription: (subscribe) => subscriptions.create(server.origin, subscribe),
    counts: () => ({ ...counted, subscriptions: subscriptions.size }),
    stop: server.stop,
    [Symbol.asyncDispose]: server.stop,
  }
  return counter
}
