// One POST to a receiver, and what came of it.
import type { Clock } from '../clock.ts'
import type { Outbound } from '../push/outbound.ts'
import { AddressRefused } from '../push/public-address.ts'

export type Answer = { status: number | null; error: string | null; ms: number }
export type WebhookSender = (url: string, headers: Record<string, string>, body: string) => Promise<Answer>

/** From the look-up of the name to the last byte of the answer. */
const TIME_OUT_MS = 15_000
/** Nobody reads what a receiver says beside its status. */
const MOST_BODY = 64 * 1024

export const isAccepted = ({ status }: Pick<Answer, 'status'>) => status !== null && status >= 200 && status < 300

/** Redirects are not followed: they would lead past every check of the address. */
export function webhookSender({ outbound, clock }: { outbound: Outbound; clock: Clock }): WebhookSender {
  return async (url, headers, body) => {
    const began = clock.now()
    const wire = new AbortController()
    const watch = new AbortController()
    clock.after(TIME_OUT_MS, watch.signal).then(
      () => wire.abort(new DOMException('no answer in time', 'TimeoutError')),
      () => {}, // answered in time
    )
    const { origin, pathname, search } = new URL(url)
    const answer = (status: number | null, error: string | null) => ({ status, error, ms: clock.now() - began })
    try {
      const dispatcher = await outbound.dispatcher(origin)
      const response = await dispatcher.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'Countersign' },
        body,
        signal: wire.signal,
      })
      // The status has said it all: a body that never ends, or breaks, changes nothing.
      await response.body.dump({ limit: MOST_BODY, signal: wire.signal }).catch(() => response.body.destroy())
      return answer(response.statusCode, null)
    } catch (error) {
      return answer(null, faultName(error))
    } finally {
      watch.abort()
    }
  }
}

/** A code where there is one: messages of the network can name addresses. */
function faultName(error: unknown): string {
  if (error instanceof AddressRefused) return error.message
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : 'unknown'
}
