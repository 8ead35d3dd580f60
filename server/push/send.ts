// One POST to a push service (RFC 8030 §5), and what came of it.
import type { Dispatcher } from 'undici'
import type { Clock } from '../clock.ts'
import { answerOf, type PushAnswer } from './answer.ts'
import type { Outbound } from './outbound.ts'
import { AddressRefused } from './public-address.ts'

export type OutgoingPush = {
  endpoint: string
  /** sealed */
  body: Uint8Array
  authorization: string
  /** whole seconds that the service may keep it */
  ttl: number
  topic: string | undefined
  keyIsCurrent: boolean
}

export type PushSender = {
  /** Never rejects for what the network or the service does. */
  send(push: OutgoingPush): Promise<PushAnswer>
  /** Breaks off all that is on the wire; each answers `retry`. */
  breakOff(): void
}

/** From the look-up of the name to the last byte of the answer. */
const TIME_OUT_MS = 10_000
/** Nobody reads what a service says beside its status; taking it keeps the connection usable. */
const MOST_BODY = 64 * 1024

const TIMED_OUT = new DOMException('no answer in time', 'TimeoutError')
const BROKEN_OFF = new DOMException('broken off', 'AbortError')
const ANSWERED = Symbol('answered')

export function pushSender({ outbound, clock }: { outbound: Outbound; clock: Clock }): PushSender {
  const onTheWire = new Set<AbortController>()

  async function send(push: OutgoingPush): Promise<PushAnswer> {
    const wire = new AbortController()
    onTheWire.add(wire)
    const watch = new AbortController()
    clock.after(TIME_OUT_MS, watch.signal).then(
      () => wire.abort(TIMED_OUT),
      () => {}, // answered in time
    )
    try {
      const response = await post(outbound, push, wire.signal)
      const received = { status: response.statusCode, retryAfter: textOf(response.headers['retry-after']) }
      await discard(response, wire.signal)
      return answerOf({ ...received, now: clock.now(), keyIsCurrent: push.keyIsCurrent })
    } catch (error) {
      return faultOf(error)
    } finally {
      watch.abort(ANSWERED)
      onTheWire.delete(wire)
    }
  }

  return {
    send,
    breakOff: () => {
      for (const wire of onTheWire) wire.abort(BROKEN_OFF)
    },
  }
}

/** Redirects are not followed: they would lead past every check of the endpoint. */
async function post(outbound: Outbound, push: OutgoingPush, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(push.endpoint)
  const dispatcher = await outbound.dispatcher(origin)
  return dispatcher.request({
    origin,
    path: pathname + search,
    method: 'POST',
    headers: {
      authorization: push.authorization,
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
      ttl: String(push.ttl),
      urgency: 'high',
      ...(push.topic !== undefined && { topic: push.topic }),
    },
    body: push.body,
    signal,
  })
}

/** The status has said it all: a body that never ends, or breaks, changes nothing. */
async function discard({ body }: Dispatcher.ResponseData, signal: AbortSignal): Promise<void> {
  await body.dump({ limit: MOST_BODY, signal }).catch(() => body.destroy())
}

function faultOf(error: unknown): PushAnswer {
  if (error instanceof AddressRefused) return { kind: 'refused', status: undefined, fault: error.message }
  return { kind: 'retry', status: undefined, fault: faultName(error) }
}

/** A code where there is one: messages of the network can name addresses and paths. */
function faultName(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : 'unknown'
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
