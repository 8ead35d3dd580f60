// An application's server, written from the protocol page (§2) alone.
import { call, type Json, type Reply, type Sent, type Wire } from './wire-call.ts'
import { openStream, type WireStream } from './wire-stream.ts'

export type WireRequest = {
  id: string
  state: string
  reason: string | null
  version: number
  delivery: string
  createdAt: string
  expiresAt: string
  settledAt: string | null
  redeemedAt: string | null
  number?: string | null
  passcode?: string
}
export type WireCreated = WireRequest & { number: string | null; secret: string }
export type WireRedeemed = {
  username: string
  userId: string
  amr: string[]
  token: string
  device: string
  approvedAt: string
  numberMatched: boolean
}
export type WireVerified = { valid: boolean; token?: string; reason?: string }

const REQUESTS = '/api/v1/login-requests'

export class WireApplication {
  readonly #wire: Wire
  readonly apiKey: string

  constructor(wire: Wire, apiKey: string) {
    this.#wire = wire
    this.apiKey = apiKey
  }

  call<Body = Json>(method: string, path: string, sent: Sent = {}): Promise<Reply<Body>> {
    const headers = { authorization: `Bearer ${this.apiKey}`, ...sent.headers }
    return call<Body>(this.#wire, method, path, { ...sent, headers })
  }

  /** @param headers e.g. `Idempotency-Key` */
  create(username: string, more: Json = {}, headers: Record<string, string> = {}): Promise<Reply<WireCreated>> {
    return this.call<WireCreated>('POST', REQUESTS, { body: { username, ...more }, headers })
  }

  /** A request that must come to be. */
  async ask(username: string, more: Json = {}): Promise<WireCreated> {
    const { status, body, text } = await this.create(username, more)
    if (status !== 201) throw new Error(`the request was not made: ${text}`)
    return body
  }

  read(id: string, { secret, query = '' }: { secret?: string; query?: string } = {}): Promise<Reply<WireRequest>> {
    return this.call<WireRequest>('GET', `${REQUESTS}/${id}${query}`, { headers: secretHeader(secret) })
  }

  events(id: string, secret?: string): Promise<WireStream<WireRequest>> {
    const headers = { authorization: `Bearer ${this.apiKey}`, ...secretHeader(secret) }
    return openStream<WireRequest>(this.#wire, `${REQUESTS}/${id}/events`, headers)
  }

  redeem(id: string, secret: string, passcode: string): Promise<Reply<WireRedeemed>> {
    return this.call<WireRedeemed>('POST', `${REQUESTS}/${id}/redeem`, { body: { secret, passcode } })
  }

  cancel(id: string): Promise<Reply> {
    return this.call('DELETE', `${REQUESTS}/${id}`)
  }

  verify(username: string, passcode: string, more: Json = {}): Promise<Reply<WireVerified>> {
    return this.call<WireVerified>('POST', '/api/v1/passcodes/verify', { body: { username, passcode, ...more } })
  }
}

function secretHeader(secret: string | undefined): Record<string, string> {
  return secret === undefined ? {} : { 'x-request-secret': secret }
}
