// The provider's way out, to keys of applications: the same guarded one as to webhooks. Attack stopped: an address that
// makes this server call the organisation's inside.
import type { BodyInit } from 'undici'
import type { Outbound } from '../push/outbound.ts'

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

export function guardedFetch(outbound: Outbound): Fetch {
  return async (input, { method, headers, body, signal } = {}) => {
    const { fetch } = await import('undici')
    const url = new URL(String(input))
    const response = await fetch(url, {
      ...(method && { method }),
      headers: Object.fromEntries(new Headers(headers)),
      ...(body && { body: body as BodyInit }),
      ...(signal && { signal }),
      redirect: 'manual',
      dispatcher: await outbound.dispatcher(url.origin),
    })
    return response as unknown as Response
  }
}
